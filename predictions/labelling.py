"""The labelling queue in the order of need: conflicts, outcomes that a training doubts, then what the model doubts."""

from collections.abc import Collection

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    FloatField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Abs, Cast, Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from calls import labels
from calls.models import Call, CallQuerySet, Label, User
from mltraining.models import LabelSuspect, ModelVersion
from predictions.models import Prediction

ENOUGH_PEOPLE = 2


def with_score(calls: CallQuerySet, user: User) -> CallQuerySet:
    """Annotates `probability`, `band` and `version_number` of the active version's newest prediction."""
    by_active = Prediction.objects.filter(
        call=OuterRef("pk"), version__state=ModelVersion.State.ACTIVE, is_partial=False
    )
    newest = by_active.revealed_to(user).newest_first()
    return calls.annotate(
        probability=Subquery(newest.values("probability")[:1]),
        band=Subquery(newest.values("band")[:1]),
        version_number=Subquery(newest.values("version")[:1]),
    )


def queue(user: User) -> CallQuerySet:
    """What this person can be asked, annotated with its `need`.

    Whoever has answered for a call waits for a second person. They are asked again only where two have answered and the
    evidence still disagrees.
    """
    answered = Q(Exists(said_by_people().filter(author=user)))
    disputed = Q(label_state=Call.LabelState.CONFLICT) & is_said_by_enough()
    calls = labels.queue(user, is_doubted()).exclude(answered & ~disputed)
    doubt = Abs(F("probability") - Value(0.5, output_field=FloatField()))
    scored = with_score(calls, user).annotate(doubt=doubt, quality=Subquery(suspicions().values("quality")[:1]))
    return scored.order_by(
        "need",  # type: ignore[misc]  # annotated by labels.queue
        F("quality").asc(nulls_last=True),
        F("doubt").asc(nulls_last=True),
        "started_at",
        "pk",
    )


def suspicions() -> QuerySet[LabelSuspect]:
    """Of one call of an outer query, as long as its outcome is the one that was doubted."""
    return LabelSuspect.objects.current().filter(call=OuterRef("pk"), outcome=OuterRef("outcome"))


def is_doubted() -> Q:
    """The newest training doubts the outcome, and no two people stand behind it."""
    return Q(Exists(suspicions())) & ~(Q(label_state=Call.LabelState.VERIFIED) & is_said_by_enough())


def said_by_people() -> QuerySet[Label]:
    """Evidence on one call of an outer query."""
    return Label.objects.filter(call=OuterRef("pk"), source=Label.Source.PERSON)


def is_said_by_enough() -> Q:
    """Two different people have said what became of the call."""
    who = Coalesce(Cast("author", CharField()), "origin")
    people = said_by_people().order_by().values("call").annotate(people=Count(who, distinct=True)).values("people")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(people), 0, output_field=IntegerField()), ENOUGH_PEOPLE))


def next_call(user: User, skipped: Collection[int] = ()) -> Call | None:
    return queue(user).exclude(pk__in=skipped).select_related("customer", "rep").first()


def suspicion_of(call: Call) -> LabelSuspect | None:
    """Why the newest training doubts what was recorded of this call; None: it does not."""
    return LabelSuspect.objects.current().filter(call=call).first()


def is_settled(call: Call) -> bool:
    """Whether nobody has to be asked (any more)."""
    return not Call.objects.filter(pk=call.pk).needing_label(is_doubted()).exists()


def record(call: Call, outcome: str, *, by: User, note: str = "") -> Label:
    """Evidence in a person's own name."""
    return labels.record(
        call=call, outcome=outcome, source=Label.Source.PERSON, origin=by.username, author=by, note=note
    )
