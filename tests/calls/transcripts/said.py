"""Sentences with something personal in them, or with figures that are nobody's, drawn by a seed."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.calls.transcripts.nobodys import NOBODYS, Nobodys
from tests.calls.transcripts.personal import PERSONAL, Personal

# Around something personal: before it, behind it.
AROUND = (
    ("You can reach me at ", ", any time."),
    ("It is ", ", thanks."),
    ("Sure, ", ". Anything else?"),
    ("Write this down: ", "."),
    ("My details, so ", " and we talk on Monday."),
    ("Okay so that's ", ", did you get that?"),
    ("Please use ", " for everything."),
    ("Let me spell it: ", " okay?"),
    ("The best one is ", "; the other one is old."),
    ("Send it to ", " please."),
)


@dataclass(frozen=True)
class Sentence:
    kind: str
    before: str
    said: str  # what is personal; for sentences without, all of it
    after: str

    @property
    def text(self) -> str:
        return self.before + self.said + self.after


def sentences(seed: int, half: int, each: int) -> Iterator[Sentence]:
    """`each` of every kind."""
    personal, nobodys = Personal(seed, half), Nobodys(seed, half)
    for kind, make in PERSONAL.items():
        yield from (sentence(kind, make(personal), personal) for _ in range(each))
    for kind, make_other in NOBODYS.items():
        yield from (sentence(kind, make_other(nobodys), nobodys) for _ in range(each))


def sentence(kind: str, said: str, draw: Personal | Nobodys) -> Sentence:
    before, after = draw.one(AROUND)
    return Sentence(kind, before, said, after)
