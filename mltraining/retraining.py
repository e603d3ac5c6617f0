"""Training again, by the clock, once enough calls were labelled since the last run."""

from django.conf import settings
from django.db import transaction

from mltraining import training
from mltraining.models import ModelVersion, TrainingRun


def labels_until_due() -> int | None:
    """How many more labelled calls make the next training due, 0: it is; None: nothing trains by itself here.

    The last run counts whatever came of it, so that calls on which a training fails are not tried every night.
    """
    if settings.RETRAIN_AFTER_LABELS <= 0 or not ModelVersion.objects.exists():
        return None
    last = TrainingRun.objects.latest("pk")  # each version has one
    new = sum(training.label_counts().values()) - last.counts.get("won", 0) - last.counts.get("lost", 0)
    return max(0, settings.RETRAIN_AFTER_LABELS - new)


@transaction.atomic
def request_if_due() -> TrainingRun | None:
    """A queued run, or None: not due, or one is under way. Of two beats at once only one gets it.

    It makes a candidate. What serves changes only by a person's promotion.
    """
    ModelVersion.objects.select_for_update().first()  # where the second beat waits
    if TrainingRun.objects.unfinished().exists() or labels_until_due() != 0:
        return None
    return training.request(None)
