"""Outcomes as a CRM tells them, many at a time: rows become evidence, and each is told what became of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils import timezone

from calls import labels
from calls.error_words import refused
from calls.labels import LabelRefused
from calls.models import Call, Label, User

Target = Call | str  # a call, or the id of a deal


class State(models.TextChoices):
    ADDED = "added"
    PRESENT = "present"  # the same evidence was there
    OPEN = "open"  # the row tells no outcome
    UNKNOWN = "unknown"  # there is no such call, and no call of the deal, that one may see
    REJECTED = "rejected"


@dataclass(frozen=True)
class Told:
    """One row that tells an outcome."""

    number: int
    source: str
    external_id: str
    deal: str
    outcome: str
    known_at: datetime | None
    origin: str
    note: str


@dataclass(frozen=True)
class Result:
    number: int
    state: State
    error: Mapping[str, object] | None = None


def take(told: Sequence[Told], by: User) -> list[Result]:
    """Records what is new, in one transaction; a row that cannot be taken keeps none of the others."""
    targets = targets_of(told, by)
    known = [each for each in told if each.number in targets]
    results = [Result(each.number, State.UNKNOWN) for each in told if each.number not in targets]
    said = said_before(targets.values())
    new: list[Label] = []
    for each, fault in contradictions(known, targets):
        label = label_of(each, targets[each.number], by)
        try:
            if fault:
                raise fault
            labels.check(label)
        except LabelRefused as error:
            results.append(Result(each.number, State.REJECTED, refused(error)["error"]))
            continue
        earlier = said[targets[each.number], label.origin]
        if is_repeated(each, earlier):
            results.append(Result(each.number, State.PRESENT))
            continue
        earlier.append((label.outcome, label.known_at))
        new.append(label)
        results.append(Result(each.number, State.ADDED))
    labels.record_all(new)
    return results


def targets_of(told: Sequence[Told], by: User) -> dict[int, Target]:
    """By the rows' numbers: calls that the person may see, and deals with such a call; an admin's may have none yet."""
    visible = Call.objects.visible_to(by)
    named = [each for each in told if each.external_id]
    found = visible.filter(
        source__in={each.source for each in named}, external_id__in={each.external_id for each in named}
    )
    calls = {(call.source, call.external_id): call for call in found}
    wanted = {each.deal for each in told if not each.external_id}
    deals = wanted if by.sees_all else set(visible.filter(deal__in=wanted).values_list("deal", flat=True))
    of_calls = {each.number: calls.get((each.source, each.external_id)) for each in named}
    of_deals = {each.number: each.deal for each in told if not each.external_id and each.deal in deals}
    return {number: call for number, call in of_calls.items() if call} | of_deals


def contradictions(told: Sequence[Told], targets: Mapping[int, Target]) -> list[tuple[Told, LabelRefused | None]]:
    """Each row, with a refusal where an earlier one says otherwise of the same call or deal."""
    first: dict[tuple[Target, str], Told] = {}
    found: list[tuple[Told, LabelRefused | None]] = []
    for each in told:
        before = first.setdefault((targets[each.number], each.origin), each)
        fault = None
        if before.outcome != each.outcome:
            said = f"Row {before.number} says {before.outcome} and row {each.number} says {each.outcome} of the same."
            fault = LabelRefused(
                "The rows contradict each other.", hint="Keep the one that is true.", fields={"outcome": said}
            )
        found.append((each, fault))
    return found


def label_of(told: Told, target: Target, by: User) -> Label:
    """A system that is named says so; else the person or account that brings it."""
    return Label(
        call=target if isinstance(target, Call) else None,
        deal=target if isinstance(target, str) else "",
        outcome=told.outcome,
        source=Label.Source.CRM if told.origin else Label.Source.API,
        origin=told.origin or by.username,
        author=None if told.origin else by,
        known_at=told.known_at or timezone.now(),
        note=told.note,
    )


def said_before(targets: Iterable[Target]) -> defaultdict[tuple[Target, str], list[tuple[str, datetime]]]:
    """Of each call or deal, what each origin has said, oldest first."""
    calls = {target.pk: target for target in targets if isinstance(target, Call)}
    deals = [target for target in targets if isinstance(target, str)]
    said: defaultdict[tuple[Target, str], list[tuple[str, datetime]]] = defaultdict(list)
    rows = Label.objects.filter(models.Q(call__in=calls) | models.Q(deal__in=deals, call=None))
    for label in rows.order_by("created_at", "pk"):
        target = calls[label.call_id] if label.call_id else label.deal
        said[target, label.origin].append((label.outcome, label.known_at))
    return said


def is_repeated(told: Told, earlier: Sequence[tuple[str, datetime]]) -> bool:
    """This origin's newest word is the same, and of the same time, if the row tells one: so in a nightly transfer."""
    if not earlier or earlier[-1][0] != told.outcome:
        return False
    return told.known_at is None or told.known_at in [known_at for _, known_at in earlier]
