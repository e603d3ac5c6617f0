"""Which sentences answer a question, judged by its words: what an answer rests on where no language model reads."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from predictions.insights.sentences import main_sentence, sentences, shortened
from predictions.models import Tracker
from predictions.trackers import pattern, phrases_of

SHARE = 0.6  # of the words of a question that an answer has to hold
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
ENDINGS = ("ingly", "ings", "ing", "edly", "ed", "ies", "es", "s", "ly", "er", "e", "y")
SHORTEST_STEM = 3
# Of a question, what says nothing about its subject.
EMPTY = frozenset(
    """
    a about after again all already also am an and any anybody anyone anything are as ask asked asks at be
    because been before being but by call called calls can client clients conversation could customer customers
    did do does done during each either ever exactly for from get gets give given gives had has have having he
    her here him his how i if in into is it its just know let like made make many may me mean mention mentioned
    mentions might more most much my name named no not of off on one or other our out over people per person
    please point rep reps said same say saying says seller she should so some somebody someone something speak
    spoke spoken such talk talked talks tell than that the their them then there these they thing things think
    this those to told too under up upon us want wants was way we were what whatever when where whether which
    while who whom whose why will with would yet you your yes
    """.split()  # noqa: SIM905  # a list of two hundred strings is harder to read
)


class Spoken(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True)
class Passage:
    place: int  # of its line
    words: str  # letter by letter
    share: float


def content_words(question: str) -> list[str]:
    """Its words that say what it is about, each once, in small letters."""
    found = (match.group().casefold().removesuffix("'s").removesuffix("’s") for match in WORD.finditer(question))
    return list(dict.fromkeys(word for word in found if word not in EMPTY))


def stem(word: str) -> str:
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word.removesuffix(ending)
    return word


def stems(text: str) -> set[str]:
    return {stem(match.group().casefold()) for match in WORD.finditer(text)}


@dataclass(frozen=True)
class Wanted:
    """One word of a question, and the phrases of trackers that are called so or watch for it."""

    stem: str
    phrases: tuple[str, ...]

    def is_in(self, text: str, known: set[str]) -> bool:
        return self.stem in known or bool(self.phrases and pattern(self.phrases).search(text))


def wanted(question: str, trackers: Iterable[Tracker]) -> list[Wanted]:
    named = [
        (stems(f"{tracker.name} {tracker.kind} {' '.join(phrases_of(tracker))}"), phrases_of(tracker))
        for tracker in trackers
    ]
    found = {}
    for word in content_words(question):
        root = stem(word)
        found[root] = Wanted(root, tuple(phrase for names, phrases in named if root in names for phrase in phrases))
    return list(found.values())


def answering(question: str, lines: Sequence[Spoken], trackers: Iterable[Tracker], limit: int) -> list[Passage]:
    """The sentences that hold most of the question's words, the best first; empty where none holds enough.

    Where such a sentence is itself a question, what is said next stands beside it.
    """
    words = wanted(question, trackers)
    if not words:
        return []
    found: list[Passage] = []
    for place, line in enumerate(lines):
        for sentence in sentences(line.text):
            share = held(words, sentence)
            if share >= SHARE:
                found.append(Passage(place, shortened(sentence), share))
    best = sorted(found, key=lambda one: (-one.share, one.words.endswith("?"), one.place))
    return list(dict.fromkeys(one for passage in best for one in with_reply(passage, lines)))[:limit]


def held(words: Sequence[Wanted], sentence: str) -> float:
    known = stems(sentence)
    return sum(word.is_in(sentence, known) for word in words) / len(words)


def with_reply(passage: Passage, lines: Sequence[Spoken]) -> list[Passage]:
    after = passage.place + 1
    if not passage.words.endswith("?") or after >= len(lines) or lines[after].role == lines[passage.place].role:
        return [passage]
    reply = main_sentence(lines[after].text)
    return [passage, Passage(after, reply, passage.share)] if reply else [passage]
