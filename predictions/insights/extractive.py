"""An analysis without a language model: the call's own sentences, picked by the score's evidence and the trackers."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from predictions.insights.schema import NextStep, Point, Quote, SalesAnalysis
from predictions.trackers import Hit, pattern

POINTS = 5
SUMMARY_SENTENCES = 3
LONGEST_QUOTE = 240
SENTENCE = re.compile(r"[^.!?。！？…]+(?:[.!?。！？…]+[\"'”’]?|$)")  # noqa: RUF001  # other scripts' stops
NEED = pattern((
    "need", "needs", "looking for", "look for", "want", "wants", "would like", "struggle", "struggling", "problem",
    "trouble", "takes too long", "too slow", "tired of", "we have to", "hoping to", "must have", "important to us",
))  # fmt: skip
WILL = pattern(("i will", "i'll", "we will", "we'll", "let me", "i can", "we can"))
YOU = pattern(("can you", "could you", "will you", "please", "send me", "send us"))
DATE = re.compile(
    r"\b(?:today|tomorrow|(?:by |on |next |this )?(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"(?:next|this) (?:week|month|quarter|year)|in (?:a|one|two|three|\d+) (?:days?|weeks?|months?))\b",
    re.IGNORECASE,
)
OTHER_SIDE = {"rep": "customer", "customer": "rep"}


class Spoken(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Evidence:
    """All that is known of a call without a language model; `reasons` as a Prediction keeps them."""

    turns: Sequence[Spoken]
    reasons: Sequence[Mapping[str, Any]] = ()
    hits: Sequence[Hit] = ()

    def telling(self, role: str, *, positive: bool) -> list[int]:
        """The turns of one side that moved the score up or down, the strongest first."""
        return [turn for turn, weight in self.weights() if self.turns[turn].role == role and (weight > 0) == positive]

    def weights(self) -> list[tuple[int, float]]:
        """(turn, contribution) of each reason that points to a turn of this call, the strongest first."""
        pairs = [
            (reason.get("turn"), float(reason.get("contribution") or 0))
            for reason in self.reasons
            if reason.get("kind") == "turn"
        ]
        known = [
            (turn, weight) for turn, weight in pairs if turn is not None and 0 <= turn < len(self.turns) and weight
        ]
        return sorted(known, key=lambda pair: (-abs(pair[1]), pair[0]))

    def watched(self, kind: str, role: str = "") -> list[Hit]:
        return [hit for hit in self.hits if hit["kind"] == kind and role in ("", self.turns[hit["turn"]].role)]


def analysis(evidence: Evidence) -> SalesAnalysis:
    return SalesAnalysis(
        summary=summary(evidence),
        needs=distinct(needs(evidence)),
        objections=distinct([
            *watched_points(evidence, "objection", "customer"),
            *scored_points(evidence, "customer", positive=False, text="This moved the score down."),
        ]),
        buying_signals=distinct([
            *watched_points(evidence, "buying signal", "customer"),
            *scored_points(evidence, "customer", positive=True, text="This moved the score up."),
        ]),
        next_steps=next_steps(evidence),
        risks=distinct([
            *watched_points(evidence, "risk", "customer"),
            *scored_points(evidence, "rep", positive=False, text="Said by the rep, and moved the score down."),
        ]),
    )  # fmt: skip


def summary(evidence: Evidence) -> str:
    """The customer's most telling sentences in the order of the call; without a score, the longest ones."""
    turns = [turn for turn, _ in evidence.weights() if evidence.turns[turn].role == "customer"]
    if not turns:
        spoken = [place for place, turn in enumerate(evidence.turns) if turn.role == "customer"]
        turns = sorted(spoken, key=lambda place: (-len(evidence.turns[place].text), place))
    chosen = sorted(dict.fromkeys(turns[:SUMMARY_SENTENCES]))
    sentences = [words for place in chosen if (words := main_sentence(evidence.turns[place].text))]
    if not sentences:
        return "The customer says nothing in this call that could be quoted."
    return "The customer said: " + " ".join(f"“{words}”" for words in sentences)


def needs(evidence: Evidence) -> list[Point]:
    """What customers say they need, then the topics and prices that they bring up themselves."""
    spoken = [
        Point(text="The customer speaks of a need.", quotes=[Quote(turn=place, quote=words)])
        for place, turn in enumerate(evidence.turns)
        if turn.role == "customer" and (words := sentence_with(turn.text, NEED))
    ]
    topics = (*watched_points(evidence, "topic", "customer"), *watched_points(evidence, "price", "customer"))
    return [*spoken, *topics]


def watched_points(evidence: Evidence, kind: str, role: str) -> list[Point]:
    return [
        Point(text=f"{hit['tracker']}: “{hit['phrase']}”.", quotes=[Quote(turn=hit["turn"], quote=words)])
        for hit in evidence.watched(kind, role)
        if (words := sentence_with(evidence.turns[hit["turn"]].text, pattern((hit["phrase"],))))
    ]


def scored_points(evidence: Evidence, role: str, *, positive: bool, text: str) -> list[Point]:
    return [
        Point(text=text, quotes=[Quote(turn=turn, quote=words)])
        for turn in evidence.telling(role, positive=positive)
        if (words := main_sentence(evidence.turns[turn].text))
    ]


def next_steps(evidence: Evidence) -> list[NextStep]:
    """The last steps that were spoken of: what is agreed stands at the end of a call."""
    steps = []
    for hit in evidence.watched("next step"):
        turn = evidence.turns[hit["turn"]]
        if words := sentence_with(turn.text, pattern((hit["phrase"],))):
            date = DATE.search(words)
            quote = Quote(turn=hit["turn"], quote=words)
            steps.append(
                NextStep(what=words, owner=owner(words, turn.role), date=date and date.group(), quotes=[quote])
            )
    return list({step.what: step for step in steps}.values())[-POINTS:]


def owner(words: str, role: str) -> str | None:
    """Who is to do it: the speaker who says "I will", the other side when asked for it."""
    if role not in OTHER_SIDE:
        return None
    if YOU.search(words):
        return OTHER_SIDE[role]
    return role if WILL.search(words) else None


def distinct(points: Iterable[Point]) -> list[Point]:
    """Each quote once, the first that has it; at most five."""
    return list({point.quotes[0].quote: point for point in reversed(list(points))}.values())[::-1][:POINTS]


def main_sentence(text: str) -> str:
    """The longest sentence, the first of equals."""
    return max((shortened(words) for words in sentences(text)), key=len, default="")


def sentence_with(text: str, wanted: re.Pattern[str]) -> str:
    """The first sentence that has the words, cut round them when it is long; empty when there is none."""
    found = wanted.search(text)
    if not found:
        return ""
    for match in SENTENCE.finditer(text):
        if match.start() <= found.start() < match.end():
            words = match.group().strip()
            at = max(0, found.start() - match.start() - LONGEST_QUOTE // 2)
            return shortened(words) if len(words) <= LONGEST_QUOTE else shortened(from_word(match.group(), at))
    return shortened(text[found.start() :])


def from_word(text: str, at: int) -> str:
    """The text from the first whole word at or after a place."""
    while at and at < len(text) and not text[at - 1].isspace():
        at += 1
    return text[at:].strip()


def sentences(text: str) -> list[str]:
    return [words for match in SENTENCE.finditer(text) if re.search(r"\w", words := match.group().strip())]


def shortened(words: str) -> str:
    """At most so long, ending with a whole word: still words of the call, letter by letter."""
    if len(words) <= LONGEST_QUOTE:
        return words
    cut = words[:LONGEST_QUOTE]
    return cut.rsplit(None, 1)[0] if " " in cut else cut


def model(evidence: Evidence) -> Callable[[object], dict[str, Any]]:
    """What stands in a language model's place: it takes the prompt, reads the evidence, answers in the same shape."""
    return lambda prompt: {"raw": None, "parsed": analysis(evidence), "parsing_error": None}
