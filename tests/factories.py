"""Rows with sensible defaults: a test states only what matters to it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from calls.models import Call, Customer, Label, Team, Turn, User

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TURNS = (
    ("rep", "Good morning, what made you look for a new system?"),
    ("customer", "Our reports take two days every month and the team is tired of it."),
    ("rep", "What would a good result be worth to you?"),
    ("customer", "We have set aside a budget of 20,000 dollars for this quarter."),
)
numbers = count(1)


def team(name: str = "North") -> Team:
    return Team.objects.get_or_create(name=name)[0]


def user(username: str = "", *, teams: Iterable[Team] = (), **fields: Any) -> User:
    person = User.objects.create_user(username or f"person{next(numbers)}", password="correct horse battery", **fields)
    person.teams.set(teams)
    return person


def customer(external_id: str = "", **fields: Any) -> Customer:
    return Customer.objects.create(external_id=external_id or f"customer-{next(numbers)}", **fields)


def call(
    turns: Sequence[tuple[str, str]] = TURNS, *, outcome: str = "", started_at: datetime = NOW, **fields: Any
) -> Call:
    """A ready call with its turns; an outcome comes with the evidence for it, known a week later."""
    defaults: dict[str, Any] = {
        "source": "test",
        "external_id": f"call-{next(numbers)}",
        "content_hash": "0" * 64,
        "state": Call.State.READY,
        "turn_count": len(turns),
        "word_count": sum(len(text.split()) for _, text in turns),
        "created_at": timezone.now(),  # by the clock that a test may have set
    }
    if outcome:
        known_at = started_at + timedelta(days=7)
        defaults |= {"outcome": outcome, "label_state": Call.LabelState.SINGLE, "outcome_known_at": known_at}
    made = Call.objects.create(**(defaults | {"started_at": started_at} | fields))
    Turn.objects.bulk_create(
        Turn(call=made, index=i, speaker=role, role=role, text=text, start=i * 10.0, end=i * 10.0 + 8)
        for i, (role, text) in enumerate(turns)
    )
    if outcome:
        label(made, outcome, known_at=made.outcome_known_at)
    return made


def labelled(won: int, lost: int) -> None:
    for outcome in ["won"] * won + ["lost"] * lost:
        call(outcome=outcome)


def label(call: Call | None, outcome: str = "won", **fields: Any) -> Label:
    defaults = {"source": Label.Source.CRM, "origin": "crm", "known_at": NOW + timedelta(days=7)}
    return Label.objects.create(**(defaults | {"call": call, "outcome": outcome} | fields))
