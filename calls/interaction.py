"""How a conversation went, in numbers: who talked how much, who asked, who waited. Turns in, numbers out."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

QUESTION_MARKS = re.compile("[?\uff1f\u061f]+")  # also the full-width and the Arabic one

# What each statistic means; pages show these sentences beside the numbers.
FORMULAS = {
    "turns": "Turns so far, of any speaker.",
    "words_rep": "Words the rep said.",
    "words_customer": "Words the customer said.",
    "talk_ratio": "The rep's words as a share of the words of rep and customer.",
    "longest_monologue": "Words of the rep's longest stretch of turns that nobody else interrupted.",
    "patience": "Mean seconds from the end of a customer's turn to the start of the rep's next; overlaps count as 0.",
    "interactivity": "Changes of the speaking side between rep and customer, per 100 words.",
    "questions_rep": "Questions the rep asked (question marks; several in a row count once).",
    "questions_customer": "Questions the customer asked.",
    "customer_turn_words": "Mean words of a customer's turn.",
}
STATISTICS = tuple(FORMULAS)


class Spoken(Protocol):
    """Anything that can be counted: a stored turn, a parsed one, or one of a live call."""

    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def start(self) -> float | None: ...
    @property
    def end(self) -> float | None: ...


@dataclass
class Tally:
    """Everything that the statistics need of the turns heard so far; grows by one turn at a time."""

    turns: int = 0
    words: dict[str, int] = field(default_factory=lambda: {"rep": 0, "customer": 0, "other": 0})
    questions: dict[str, int] = field(default_factory=lambda: {"rep": 0, "customer": 0, "other": 0})
    customer_turns: int = 0
    monologue: int = 0
    longest_monologue: int = 0
    switches: int = 0
    pauses: int = 0
    paused_seconds: float = 0.0
    last: Spoken | None = None
    last_side: str = ""

    def add(self, turn: Spoken) -> None:
        words = len(turn.text.split())
        role = turn.role if turn.role in self.words else "other"
        self.turns += 1
        self.words[role] += words
        self.questions[role] += len(QUESTION_MARKS.findall(turn.text))
        self.customer_turns += role == "customer"
        self.monologue = self.monologue + words if role == "rep" else 0
        self.longest_monologue = max(self.longest_monologue, self.monologue)
        if role != "other":
            self.switches += bool(self.last_side) and self.last_side != role
            self.last_side = role
        self.add_pause(turn, role)
        self.last = turn

    def add_pause(self, turn: Spoken, role: str) -> None:
        if role != "rep" or self.last is None or self.last.role != "customer":
            return
        if turn.start is not None and self.last.end is not None:
            self.pauses += 1
            self.paused_seconds += max(0.0, turn.start - self.last.end)

    def row(self) -> list[float]:
        """The values of STATISTICS, in that order; NaN where nothing is known yet."""
        rep, customer = self.words["rep"], self.words["customer"]
        return [
            float(self.turns),
            float(rep),
            float(customer),
            share(rep, rep + customer),
            float(self.longest_monologue),
            share(self.paused_seconds, self.pauses),
            share(100.0 * self.switches, rep + customer),
            float(self.questions["rep"]),
            float(self.questions["customer"]),
            share(customer, self.customer_turns),
        ]


def share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def running_statistics(turns: Iterable[Spoken]) -> list[list[float]]:
    """Row k holds STATISTICS as they stood after turn k (NaN = not known), so a prefix needs no second count."""
    tally = Tally()
    rows = []
    for turn in turns:
        tally.add(turn)
        rows.append(tally.row())
    return rows


def interaction_statistics(turns: Iterable[Spoken]) -> dict[str, float | None]:
    """The whole conversation's STATISTICS by name; None = not known."""
    tally = Tally()
    for turn in turns:
        tally.add(turn)
    return {name: None if math.isnan(value) else value for name, value in zip(STATISTICS, tally.row(), strict=True)}
