"""The labelling queue in the order of need: conflicts, outcomes that a training doubts, then what the model doubts."""

from collections.abc import Collection

from django.db.models import (
    Case,
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
    When,
)
from django.db.models.functions import Abs, Cast, Coalesce
from django.db.models.lookups import GreaterThanOrEqual

from calls import labels
from calls.models import Call, CallQuerySet, Label, LabelQuerySet, Outcome, Said, User
from mltraining.models import LabelSuspect
from predictions.shown_scores import with_scores


def queue(user: User) -> CallQuerySet:
    """What this person can be asked, annotated with its `need`.

    Whoever has answered for a call waits for a second person. They are asked again only where two have told an outcome
    and the evidence still disagrees; not if they could not tell.
    """
    mine = said_by_people().filter(author=user)
    newest = Coalesce(Subquery(mine.order_by("-created_at", "-pk").values("outcome")[:1]), Value(""))
    disputed = Q(label_state=Call.LabelState.CONFLICT) & is_said_by_enough(Outcome.values)
    waiting = labels.queue(user, is_doubted()).annotate(own_word=newest)
    calls = waiting.filter(~Exists(mine) | (disputed & Q(own_word__in=Outcome.values)))
    doubt = Abs(F("probability") - Value(0.5, output_field=FloatField()))
    # Asked of those alone: a subquery for each call that waits is what the queue would mostly cost.
    quality = Case(When(need=labels.Need.DOUBTED, then=Subquery(suspicions().values("quality")[:1])))
    scored = with_scores(calls, user).annotate(doubt=doubt, quality=quality)
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
    """The newest training doubts the outcome, and no two people have looked at it since it was recorded so."""
    return Q(Exists(suspicions())) & ~is_said_by_enough(Said.values)


def said_by_people() -> QuerySet[Label]:
    """Evidence on one call of an outer query."""
    return Label.objects.filter(call=OuterRef("pk"), source=Label.Source.PERSON)


def is_said_by_enough(words: Collection[str]) -> Q:
    """Two different people have said one of the words of the call."""
    who = Coalesce(Cast("author", CharField()), "origin")
    said = said_by_people().filter(outcome__in=words).order_by().values("call")
    people = said.annotate(people=Count(who, distinct=True)).values("people")
    return Q(GreaterThanOrEqual(Coalesce(Subquery(people), 0, output_field=IntegerField()), labels.ENOUGH_PEOPLE))


def next_call(user: User, skipped: Collection[int] = ()) -> Call | None:
    """Chosen by its key alone: the row is read after all have been put into order."""
    first = queue(user).exclude(pk__in=skipped).values("pk")[:1]
    return Call.objects.select_related("customer", "rep").filter(pk__in=first).first()


def waiting(user: User) -> dict[str, int]:
    """How many calls this person can be asked: `waiting`, of which `doubted`."""
    doubted = Count("pk", filter=Q(need=labels.Need.DOUBTED))
    return queue(user).order_by().aggregate(waiting=Count("pk"), doubted=doubted)


def suspicion_of(call: Call) -> LabelSuspect | None:
    """Why the newest training doubts what was recorded of this call; None: it does not."""
    return LabelSuspect.objects.current().filter(call=call).first()


def has_answered(user: User, call: Call) -> bool:
    return call.labels.filter(source=Label.Source.PERSON, author=user).exists()


def shown_evidence(user: User, call: Call) -> LabelQuerySet:
    """What others have said only after the own first answer, so that two people answer for themselves."""
    evidence = Label.objects.for_call(call)
    return evidence if has_answered(user, call) else evidence.exclude(source=Label.Source.PERSON)


def is_settled(call: Call) -> bool:
    """Whether nobody has to be asked (any more)."""
    return not Call.objects.filter(pk=call.pk).needing_label(is_doubted()).exists()


def record(call: Call, outcome: str, *, by: User, note: str = "", blind: bool = False) -> Label:
    """Evidence in a person's own name; `blind`: asked for before other people's answers were shown."""
    return labels.record(
        call=call, outcome=outcome, source=Label.Source.PERSON, origin=by.username, author=by, note=note, blind=blind
    )


def answer(call: Call, outcome: str, *, by: User) -> Label:
    """What a person says in the queue, which shows others' answers only from the second time on."""
    return record(call, outcome, by=by, blind=not has_answered(by, call))
