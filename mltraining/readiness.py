"""How many labelled calls there are, and how many more make a training possible or due."""

from typing import Any

from django.conf import settings

from calls.labels import class_balance
from mltraining.retraining import labels_until_due


def readiness() -> dict[str, Any]:
    balance = class_balance()
    counts = {"won": balance["won"], "lost": balance["lost"]}
    least, comfortable = settings.MIN_LABELS_PER_CLASS, settings.COMFORTABLE_LABELS_PER_CLASS
    return {
        "balance": balance,
        "counts": counts,
        "classes": [{"name": name, "count": count, "missing": max(0, least - count)} for name, count in counts.items()],
        "missing": [f"{least - count} {name}" for name, count in counts.items() if count < least],
        "least": least,
        "comfortable": comfortable,
        "is_enough": min(counts.values()) >= least,
        "is_comfortable": min(counts.values()) >= comfortable,
        "until_due": labels_until_due(),
    }
