"""An analysis without a language model: the call's own sentences, picked by the score's evidence and the trackers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from predictions.insights.negation import denied
from predictions.insights.schema import NextStep, Point, Quote, SalesAnalysis
from predictions.insights.sentences import all_sentences_with, main_sentence, sentence_with, word_count
from predictions.insights.wording import COMMITMENT, DATE, NEEDED, TROUBLED, WILL, YOU
from predictions.trackers import Hit, pattern

POINTS = 5
SCORED_POINTS = 3  # that only the score points to, in one list: of many reasons most are weak
FEWEST_WORDS = 4  # of a sentence that only the score points to: less is a greeting or a nod
SUMMARY_SENTENCES = 3
LONG_TURN = 150  # words
# What a point says when its tracker is named like the list it stands in: the list's heading says that already.
SAID = {
    "topic": "Brings this up.",
    "price": "Asks about money.",
    "competitor": "Names another supplier.",
    "objection": "Holds this against it.",
    "buying signal": "Speaks like somebody who means to buy.",
    "risk": "May hold it up.",
}
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
            *asked_prices(evidence),
            *scored_points(evidence, "customer", positive=True, text="This moved the score up."),
        ]),
        competitors=distinct(watched_points(evidence, "competitor", "")),
        next_steps=next_steps(evidence),
        risks=distinct(watched_points(evidence, "risk", "customer")),
        coaching=distinct([
            *scored_points(evidence, "rep", positive=False, text="Said by the rep, and moved the score down."),
            *monologues(evidence),
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
    """What customers say they need or suffer from, then the topics that they bring up themselves."""
    spoken = [
        Point(text=text, quotes=[Quote(turn=place, quote=words)])
        for wanted, text in ((NEEDED, "Says what is needed."), (TROUBLED, "Says what troubles them."))
        for place, turn in enumerate(evidence.turns)
        if turn.role == "customer" and (words := sentence_with(turn.text, wanted, denied))
    ]
    spoken.sort(key=lambda point: point.quotes[0].turn)
    return [*spoken, *watched_points(evidence, "topic", "customer")]


def asked_prices(evidence: Evidence) -> list[Point]:
    """Who asks for a price thinks of buying; who only speaks of money may mean anything."""
    return [
        point
        for point in watched_points(evidence, "price", "customer")
        if point.quotes[0].quote.rstrip("\"'”’").endswith("?")
    ]


def watched_points(evidence: Evidence, kind: str, role: str) -> list[Point]:
    """A sentence that denies the phrase is none of these."""
    return [
        Point(text=told(hit), quotes=[Quote(turn=hit["turn"], quote=words)])
        for hit in evidence.watched(kind, role)
        if (words := sentence_with(evidence.turns[hit["turn"]].text, pattern((hit["phrase"],)), denied))
    ]


def told(hit: Hit) -> str:
    """The tracker's name, unless it only repeats its kind."""
    names_its_kind = hit["tracker"].casefold().rstrip("s") == hit["kind"]
    return SAID[hit["kind"]] if names_its_kind else f"{hit['tracker']}."


def scored_points(evidence: Evidence, role: str, *, positive: bool, text: str) -> list[Point]:
    points = [
        Point(text=text, quotes=[Quote(turn=turn, quote=words)])
        for turn in evidence.telling(role, positive=positive)
        if word_count(words := main_sentence(evidence.turns[turn].text)) >= FEWEST_WORDS
    ]
    return points[:SCORED_POINTS]


def monologues(evidence: Evidence) -> list[Point]:
    """Where the rep speaks for about a minute and asks nothing."""
    return [
        Point(text="Speaks long and asks nothing.", quotes=[Quote(turn=place, quote=words)])
        for place, turn in enumerate(evidence.turns)
        if turn.role == "rep" and "?" not in turn.text and word_count(turn.text) >= LONG_TURN
        if (words := main_sentence(turn.text))
    ]


def next_steps(evidence: Evidence) -> list[NextStep]:
    """The last steps that were spoken of: what is agreed stands at the end of a call."""
    steps = {words: step(place, words, evidence.turns[place].role) for place, words in steps_said(evidence)}
    return list(steps.values())[-POINTS:]


def steps_said(evidence: Evidence) -> Iterator[tuple[int, str]]:
    """(turn, sentence) of what somebody will do or is asked to do, and of what a tracker watches for, in order."""
    phrases: dict[int, list[str]] = {}
    for hit in evidence.watched("next step"):
        phrases.setdefault(hit["turn"], []).append(hit["phrase"])
    for place, turn in enumerate(evidence.turns):
        wanted = [COMMITMENT, *([pattern(tuple(phrases[place]))] if place in phrases else [])]
        for each in wanted:
            yield from ((place, words) for words in all_sentences_with(turn.text, each, denied))


def step(place: int, words: str, role: str) -> NextStep:
    date = DATE.search(words)
    quote = Quote(turn=place, quote=words)
    return NextStep(what=words, owner=owner(words, role), date=date and date.group(), quotes=[quote])


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


def model(evidence: Evidence) -> Callable[[object], dict[str, Any]]:
    """What stands in a language model's place: it takes the prompt, reads the evidence, answers in the same shape."""
    return lambda prompt: {"raw": None, "parsed": analysis(evidence), "parsing_error": None}
