"""What can be told, and the scope without which a token may not ask to be told of it."""

from collections.abc import Mapping

from django.db import models

from calls.tokens import Scope


class Kind(models.TextChoices):
    """The type of an event, with the words for it."""

    CALL_SCORED = "call.scored", "A call got a score"
    SCORE_CHANGED = "score.changed", "A call's probability is another one than before"
    BAND_CROSSED = "score.band_crossed", "A call's band is another one than before"
    CALL_REJECTED = "call.rejected", "An uploaded call cannot be read"
    LABEL_RESOLVED = "label.resolved", "A call's outcome changed, or is in doubt now"
    MODEL_PROMOTED = "model.promoted", "Another model version serves"
    ALERT_OPENED = "alert.opened", "Monitoring found something wrong"


TEST = "webhook.test"
OF_SCORES = frozenset({Kind.CALL_SCORED, Kind.SCORE_CHANGED, Kind.BAND_CROSSED})
NEEDED: Mapping[str, Scope] = {
    Kind.CALL_SCORED: Scope.VIEW_PREDICTION,
    Kind.SCORE_CHANGED: Scope.VIEW_PREDICTION,
    Kind.BAND_CROSSED: Scope.VIEW_PREDICTION,
    Kind.CALL_REJECTED: Scope.VIEW_CALL,
    Kind.LABEL_RESOLVED: Scope.VIEW_LABEL,
    Kind.MODEL_PROMOTED: Scope.VIEW_VERSION,
    Kind.ALERT_OPENED: Scope.VIEW_VERSION,
}
