"""Takes evidence back: what its source said before counts again, else nothing. Nothing is deleted."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import QuerySet

from calls import labels
from calls.labels import LabelRefused
from calls.models import Label, Said, User

FROM_FILES = (Label.Source.CRM, Label.Source.IMPORT)


@dataclass
class TakenBack:
    done: list[Label] = field(default_factory=list)  # the evidence that was added for it
    refused: list[tuple[Label, LabelRefused]] = field(default_factory=list)


def take_back(chosen: Iterable[Label], by: User) -> TakenBack:
    """Each that is the newest word of its source; taken back once more, it counts again."""
    report, added = TakenBack(), []
    for label in chosen:
        try:
            added.append(word_before(label, by))
        except LabelRefused as refusal:
            report.refused.append((label, refusal))
    report.done = labels.record_all(added)
    return report


def word_before(label: Label, by: User) -> Label:
    """Unsaved: the last other word of the same source, or that it cannot tell. LabelRefused where that is not ours."""
    if not may_take_back(label, by):
        raise refused(f"{label.origin} said so; only they can take it back.", "Answer for the call yourself.")
    said = of_the_same_source(label)
    if said.last() != label:
        raise refused(f"{label.origin} said something later, and that is what counts.", "Take that back.")
    before = said.exclude(outcome=label.outcome).last()
    return Label(
        call=label.call,
        deal=label.deal,
        outcome=before.outcome if before else Said.UNCLEAR,
        source=label.source,
        origin=label.origin,
        author=label.author,
        known_at=before.known_at if before else label.known_at,
        note=f"Taken back by {by.username}.",
    )


def may_take_back(label: Label, by: User) -> bool:
    """A person's word is that person's alone, but what came in a file is any admin's."""
    if label.author_id is None:
        return label.source != Label.Source.PERSON
    return label.author_id == by.pk or (by.sees_all and label.source in FROM_FILES)


def of_the_same_source(label: Label) -> QuerySet[Label]:
    """All it said of the same call or deal, oldest first."""
    same = Label.objects.filter(call=label.call, deal=label.deal).order_by("created_at", "pk")
    return same.filter(author=label.author) if label.author_id else same.filter(author=None, origin=label.origin)


def refused(said: str, hint: str) -> LabelRefused:
    return LabelRefused("This cannot be taken back.", hint=hint, fields={"label": said})
