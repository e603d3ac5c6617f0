"""The labelling queue in the order of need: conflicts, then what the model doubts most, then the longest waiting."""

from collections.abc import Collection

from django.db.models import F, FloatField, OuterRef, Subquery, Value
from django.db.models.functions import Abs

from calls import labels
from calls.models import Call, CallQuerySet, Label, User
from mltraining.models import ModelVersion
from predictions.models import Prediction


def with_score(calls: CallQuerySet) -> CallQuerySet:
    """Annotates `probability`, `band` and `version_number` of the active version's newest prediction."""
    newest = Prediction.objects.filter(
        call=OuterRef("pk"), version__state=ModelVersion.State.ACTIVE, is_partial=False
    ).newest_first()
    return calls.annotate(
        probability=Subquery(newest.values("probability")[:1]),
        band=Subquery(newest.values("band")[:1]),
        version_number=Subquery(newest.values("version")[:1]),
    )


def queue(user: User) -> CallQuerySet:
    doubt = Abs(F("probability") - Value(0.5, output_field=FloatField()))
    scored = with_score(labels.queue(user)).annotate(doubt=doubt)
    return scored.order_by(
        "need",  # type: ignore[misc]  # annotated by labels.queue
        F("doubt").asc(nulls_last=True),
        "started_at",
        "pk",
    )


def next_call(user: User, skipped: Collection[int] = ()) -> Call | None:
    return queue(user).exclude(pk__in=skipped).select_related("customer", "rep").first()


def record(call: Call, outcome: str, *, by: User, note: str = "") -> Label:
    """Evidence in a person's own name."""
    return labels.record(
        call=call, outcome=outcome, source=Label.Source.PERSON, origin=by.username, author=by, note=note
    )
