"""Bands and trackers to start from; an admin changes them."""

from django.db import migrations

BANDS = {"A": 0.75, "B": 0.5, "C": 0.25, "D": 0.0}
TRACKERS = {
    "Price": ("price", ["price", "cost", "budget", "discount", "expensive", "quote"]),
    "Competitors": ("competitor", ["competitor", "other vendor", "other supplier", "alternative", "shortlist"]),
    "Objections": ("objection", ["too expensive", "not sure", "no budget", "not now", "concern", "problem is"]),
    "Buying signals": ("buying signal", ["contract", "start date", "sign", "how soon", "go ahead", "when can we"]),
    "Next steps": ("next step", ["next step", "follow up", "send me", "schedule", "demo", "call back"]),
    "Risks": ("risk", ["have to ask", "not my decision", "next year", "on hold", "freeze"]),
}


def add(apps, schema_editor):
    for letter, lower in BANDS.items():
        apps.get_model("predictions", "Band").objects.create(letter=letter, lower=lower)
    for name, (kind, phrases) in TRACKERS.items():
        apps.get_model("predictions", "Tracker").objects.create(name=name, kind=kind, phrases=phrases)


class Migration(migrations.Migration):
    dependencies = [("predictions", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
