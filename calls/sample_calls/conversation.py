"""Writes one sample call: its causes in words, spread among turns that say nothing, with times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from calls.sample_calls.smalltalk import ACKNOWLEDGEMENTS, CLOSINGS, EXCHANGES, OPENINGS, PROMPTS, SLOTS
from calls.sample_calls.wordings import CUSTOMER_SAYS, REP_SAYS

SHORTEST, LONGEST = 20, 80
LATE_SHARE = 0.5  # of the wordings in the last third by time
WORDS_PER_SECOND = 2.6


@dataclass
class Line:
    speaker: str
    text: str
    cause: str = ""


@dataclass
class Conversation:
    turns: list[dict[str, object]] = field(default_factory=list)
    cause_turns: dict[str, list[int]] = field(default_factory=dict)


def written(rng: Random, voiced: Mapping[str, int], rep: str, *, late: bool) -> Conversation:
    """A conversation in which each voiced cause is said once or twice; its length owes nothing to the outcome."""
    slots = {name: rng.choice(options) for name, options in SLOTS.items()} | {"rep": rep}
    passages = [
        passage(rng, cause, value, late=late)
        for cause, value in voiced.items()
        for _ in range(1 + (rng.random() < 0.35))
    ]
    length = rng.randint(SHORTEST, LONGEST - 6)
    exchanges = rng.sample(EXCHANGES, len(EXCHANGES))
    while sum(map(len, passages)) + 4 < length and exchanges:
        question, answer = exchanges.pop()
        passages.append([Line("rep", question), Line("customer", answer)])
    rng.shuffle(passages)
    opening, closing = rng.choice(OPENINGS), rng.choice(CLOSINGS)
    lines = [Line("rep", opening[0]), Line("customer", opening[1])]
    lines += [line for lines_of_one in passages for line in lines_of_one]
    lines += [Line("rep", closing[0]), Line("customer", closing[1])]
    return timed(rng, lines, slots)


def passage(rng: Random, cause: str, value: int, *, late: bool) -> list[Line]:
    early_wordings, late_wordings = (REP_SAYS if cause == "conduct" else CUSTOMER_SAYS[cause])[value]
    text = rng.choice(late_wordings if late and rng.random() < LATE_SHARE else early_wordings)
    if cause == "conduct":
        return [Line("rep", text, cause), Line("customer", rng.choice(("All right.", "Okay.", "Hm, yes.", "Sure.")))]
    lines = [Line("customer", text, cause), Line("rep", rng.choice(ACKNOWLEDGEMENTS))]
    return [Line("rep", PROMPTS[cause]), *lines] if rng.random() < 0.6 else lines


def timed(rng: Random, lines: list[Line], slots: Mapping[str, str]) -> Conversation:
    conversation = Conversation()
    clock = 0.0
    named = {**slots, **{name.capitalize(): value[0].upper() + value[1:] for name, value in slots.items()}}
    for index, line in enumerate(lines):
        text = line.text.format(**named)
        text = text[0].upper() + text[1:]
        start = clock + rng.uniform(0.2, 1.6)
        clock = start + max(0.6, len(text.split()) / WORDS_PER_SECOND * rng.uniform(0.8, 1.25))
        conversation.turns.append(
            {"speaker": line.speaker, "text": text, "start": round(start, 2), "end": round(clock, 2)}
        )
        if line.cause:
            conversation.cause_turns.setdefault(line.cause, []).append(index)
    return conversation
