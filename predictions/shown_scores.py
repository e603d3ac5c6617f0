"""The score that each call shows. Triggers of the database keep the table; nobody else writes it."""

from typing import Any, Self, TypeVar

import pgtrigger
from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from calls.models import Call, User
from mltraining.models import ModelVersion
from predictions.guesses import awaiting_guess

Calls = TypeVar("Calls", bound="QuerySet[Any]")

SCORES_LOCK = "PERFORM pg_advisory_xact_lock(hashtextextended('predictions_prediction', 0));"  # whoever writes scores
TO_SHOW = """SELECT DISTINCT ON (score.call_id) score.call_id, score.id, score.version_id, score.probability, score.band
FROM predictions_prediction score WHERE NOT score.is_partial AND {which}
ORDER BY score.call_id, score.version_id IN (SELECT id FROM mltraining_modelversion WHERE state = 'active') DESC,
    score.created_at DESC, score.id DESC"""  # nosec B608  # a text of ours, filled in below
SHOW_WRITTEN = f"""
INSERT INTO predictions_shownscore (call_id, prediction_id, version_id, probability, band)
{TO_SHOW.format(which="score.call_id IN (SELECT call_id FROM written)")}
ON CONFLICT (call_id) DO UPDATE SET prediction_id = EXCLUDED.prediction_id, version_id = EXCLUDED.version_id,
    probability = EXCLUDED.probability, band = EXCLUDED.band
WHERE predictions_shownscore.prediction_id <> EXCLUDED.prediction_id;
"""  # nosec B608
# Of the rows that are there, as each scored call has one: that of a call that is being erased must not come again.
SHOW_ALL = f"""
UPDATE predictions_shownscore shown SET prediction_id = found.id, version_id = found.version_id,
    probability = found.probability, band = found.band
FROM ({TO_SHOW.format(which="true")}) found
WHERE found.call_id = shown.call_id AND found.id <> shown.prediction_id;
"""  # nosec B608

# On Prediction: those of the calls that were scored just now.
SHOWN_AS_WRITTEN = pgtrigger.Trigger(
    name="shown_as_written",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert,
    referencing=pgtrigger.Referencing(new="written"),
    func=f"{SHOW_WRITTEN}RETURN NULL;",
)


class ShownScoreQuerySet(models.QuerySet["ShownScore"]):
    def visible_to(self, user: User) -> Self:
        """Of calls that the person may see, but for the own ones that are to be guessed first."""
        seen = self if user.sees_all else self.filter(call__in=Call.objects.visible_to(user))
        return seen.exclude(call__in=awaiting_guess(user))


class ShownScore(models.Model):
    """Of each call the newest score by the version that serves; where it has none, the newest by any version."""

    call = models.OneToOneField(Call, models.CASCADE, primary_key=True, related_name="shown")
    prediction = models.OneToOneField("predictions.Prediction", models.CASCADE, related_name="+")
    # As the prediction says, which is never changed.
    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    probability = models.FloatField(null=True, blank=True)
    band = models.CharField(max_length=1, blank=True)

    objects = ShownScoreQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        indexes = [
            # As the orders of calls ask for it.
            models.Index(Coalesce("probability", Value(-1.0)).desc(), F("call").desc(), name="shown_likeliest"),
            models.Index(Coalesce("probability", Value(2.0)), F("call"), name="shown_unlikeliest"),
        ]

    def __str__(self) -> str:
        return f"{self.call}: {self.probability}"


class ServingVersion(ModelVersion):
    """Of its own for the trigger alone: what calls show follows the version that serves."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [
            pgtrigger.Trigger(
                name="shows_its_scores",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                condition=pgtrigger.Q(new__state="active"),
                func=f"{SCORES_LOCK} {SHOW_ALL} RETURN NULL;",
            )
        ]


def with_scores(calls: Calls, user: User) -> Calls:
    """Adds probability, band, score_version and score_reason of the score to show this person; null: there is none."""
    columns = {
        "probability": "shown__probability",
        "band": "shown__band",
        "score_version": "shown__version",
        "score_reason": "shown__prediction__reason",
    }
    if user.team is None or user.team.guesses_since is None:
        return calls.annotate(**{name: F(column) for name, column in columns.items()})
    is_hidden = Q(pk__in=awaiting_guess(user).values("pk"))
    return calls.annotate(
        **{name: Case(When(is_hidden, then=None), default=F(column)) for name, column in columns.items()}
    )
