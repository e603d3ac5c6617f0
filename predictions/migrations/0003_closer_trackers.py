"""The trackers to start from no longer hold words that mean something else as often as not; edited ones stay."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("predictions.migrations.0002_bands_and_trackers").TRACKERS
TRACKERS = {
    "Objections": (
        "objection",
        ["too expensive", "too much money", "not sure", "not convinced", "no budget", "not now", "not a priority",
         "concern", "concerned", "worried"],
    ),
    "Buying signals": (
        "buying signal",
        ["start date", "how soon", "when can we", "ready to sign", "ready to start", "can sign", "want to sign",
         "send us the contract", "send me the contract", "send the contract", "get started", "move forward",
         "place the order", "budget is approved"],
    ),
    "Next steps": (
        "next step",
        ["next step", "next steps", "follow up", "send me", "send us", "send you", "schedule a", "call back"],
    ),
    "Risks": (
        "risk",
        ["have to ask my", "have to ask our", "have to check with", "run it by", "not my decision", "not up to me",
         "before next year", "until next year", "maybe next year", "on hold", "freeze on", "committee"],
    ),
}


def renew(apps, schema_editor):
    for name, (kind, phrases) in TRACKERS.items():
        untouched = apps.get_model("predictions", "Tracker").objects.filter(name=name, phrases=BEFORE[name][1])
        untouched.update(phrases=phrases)


class Migration(migrations.Migration):
    dependencies = [("predictions", "0002_bands_and_trackers")]
    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
