"""Outcomes that imported files name, as evidence: nothing twice, and nothing in which a file contradicts itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from calls import labels
from calls.labels import LabelRefused
from calls.models import Call, Label

KNOWN_AFTER = timedelta(days=1)  # so long after its call an outcome without a date is taken to have been known


@dataclass(frozen=True)
class Claim:
    """What one place of a file says of a call."""

    file: str
    place: str
    call: Call
    outcome: str
    known_at: datetime | None

    def label(self) -> Label:
        known_at = self.known_at or min(self.call.started_at + KNOWN_AFTER, timezone.now())
        source, origin = Label.Source.IMPORT, self.call.source
        return Label(call=self.call, outcome=self.outcome, source=source, origin=origin, known_at=known_at)

    def repeats(self, said: Iterable[tuple[str, datetime]]) -> bool:
        return any(self.outcome == outcome and self.known_at in (None, known_at) for outcome, known_at in said)


@dataclass
class Outcomes:
    """Remembers of the file that is being read what it said of each call, and where."""

    file: str = ""
    said: dict[int, Claim] = field(default_factory=dict)

    def record(self, claims: Sequence[Claim]) -> tuple[int, list[tuple[str, LabelRefused]]]:
        """How many labels were added, and which claims were refused. A file that comes again says nothing twice."""
        before = said_before(claims)
        new, refused = [], []
        for claim in claims:
            label = claim.label()
            try:
                self.check(claim)
                labels.check(label)
            except LabelRefused as error:
                refused.append((claim.place, error))
                continue
            if not claim.repeats(before[claim.call.pk]):
                new.append(label)
                before[claim.call.pk].append((label.outcome, label.known_at))
        return len(labels.record_all(new)), refused

    def check(self, claim: Claim) -> None:
        if claim.file != self.file:
            self.file, self.said = claim.file, {}
        first = self.said.setdefault(claim.call.pk, claim)
        if first.outcome != claim.outcome:
            raise LabelRefused(
                "The file contradicts itself.",
                hint="Keep the one that is true.",
                fields={
                    "outcome": f"{first.place} says {first.outcome} and {claim.place} says {claim.outcome} of one call."
                },
            )


def said_before(claims: Iterable[Claim]) -> defaultdict[int, list[tuple[str, datetime]]]:
    """Outcome and date of everything that earlier imports said of these calls: a correction stays one for ever."""
    before: defaultdict[int, list[tuple[str, datetime]]] = defaultdict(list)
    earlier = Label.objects.filter(call__in=[claim.call.pk for claim in claims], source=Label.Source.IMPORT)
    for call_id, outcome, known_at in earlier.values_list("call_id", "outcome", "known_at"):
        before[call_id or 0].append((outcome, known_at))
    return before
