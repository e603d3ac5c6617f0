"""Why a score is what it is, for people to read: the customer's words first, all else on demand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calls.feature_words import measured, title
from calls.models import Turn
from calls.templatetags.readable import decimal, probability
from predictions.live.models import LiveTurn

SHOWN = 5  # of a side; the others unfold
BY_ROLE = {
    Turn.Role.CUSTOMER: "More that the customer said",
    Turn.Role.REP: "What the rep said",
    Turn.Role.OTHER: "What others said",
    "": "What is known of the call",
}


@dataclass(frozen=True)
class Reason:
    text: str
    turn: Turn | LiveTurn | None
    contribution: float  # log-odds
    share: float  # percent of the strongest reason
    base_rate: float | None = None  # of the calls that the version learned from

    @property
    def role(self) -> str:
        """Whose words it is; empty of what is known about the call."""
        return self.turn.role if self.turn else ""

    @property
    def alone(self) -> float | None:
        """The probability that it would make of the base rate; None where there is no base rate to start from."""
        if not self.base_rate or self.base_rate >= 1:
            return None
        log_odds = math.log(self.base_rate / (1 - self.base_rate)) + self.contribution
        return (1 + math.tanh(log_odds / 2)) / 2

    @property
    def in_words(self) -> str:
        verb, to = ("Adds", "to") if self.contribution > 0 else ("Takes", "from")
        size = f"{verb} {decimal(abs(self.contribution), 2)} {to} the log-odds."
        if self.alone is None:
            return size
        won, alone = probability(self.base_rate), probability(self.alone)
        return f"Of the calls learned from, {won} were won; this alone would make it {alone}. {size}"


@dataclass(frozen=True)
class Side:
    """What speaks for a conversion, or against it."""

    key: str  # "for" or "against"
    title: str
    shown: Sequence[Reason]
    more: Sequence[tuple[str, Sequence[Reason]]]  # with what they are called together
    none_shown: str


def sides(reasons: Sequence[Mapping[str, Any]], turns: Sequence[Turn], base_rate: float | None) -> list[Side]:
    """`reasons` as a Prediction keeps them."""
    read = read_reasons(reasons, turns, base_rate)
    is_told_apart = any(reason.role == Turn.Role.CUSTOMER for reason in read)
    split = by_role if is_told_apart else by_strength
    return [
        split("for", "Speaks for it", [reason for reason in read if reason.contribution > 0]),
        split("against", "Speaks against it", [reason for reason in read if reason.contribution < 0]),
    ]


def by_role(key: str, title: str, reasons: Sequence[Reason]) -> Side:
    """The customer's words are shown, and what everybody else said stands apart."""
    of = {role: [reason for reason in reasons if reason.role == role] for role in BY_ROLE}
    shown, of[Turn.Role.CUSTOMER] = of[Turn.Role.CUSTOMER][:SHOWN], of[Turn.Role.CUSTOMER][SHOWN:]
    more = [(BY_ROLE[role], found) for role, found in of.items() if found]
    return Side(key, title, shown, more, "Nothing that the customer said weighs.")


def by_strength(key: str, title: str, reasons: Sequence[Reason]) -> Side:
    """Where nobody knows who is the customer, or nothing that was said weighs."""
    more = [("More", reasons[SHOWN:])] if len(reasons) > SHOWN else []
    return Side(key, title, reasons[:SHOWN], more, "Nothing that weighs.")


def mark(key: str, shown: Sequence[Reason]) -> None:
    """Has the conversation mark their turns."""
    for reason in shown:
        if reason.turn:
            reason.turn.speaks = key


def read_reasons(reasons: Sequence[Mapping[str, Any]], turns: Sequence[Turn], base_rate: float | None) -> list[Reason]:
    """The strongest first."""
    strongest = max((abs(reason["contribution"]) for reason in reasons), default=1.0) or 1.0
    by_index = {turn.index: turn for turn in turns}
    read = []
    for reason in reasons:
        turn = by_index.get(reason.get("turn", -1))
        said = described(reason) if reason.get("kind") == "feature" else turn.text if turn else reason.get("text", "")
        contribution = reason["contribution"]
        read.append(Reason(said, turn, contribution, round(100 * abs(contribution) / strongest, 1), base_rate))
    return sorted(read, key=lambda reason: -abs(reason.contribution))


def described(reason: Mapping[str, Any]) -> str:
    """A feature with its value: "Talk ratio of the rep: 46 %"."""
    name = reason.get("name", "")
    return f"{title(name)}: {measured(name, reason.get('value'))}"
