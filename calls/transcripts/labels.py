"""Tells a speaker's label ("Jane Doe: …") from other words before a colon."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from calls.transcripts.roles import known_role
from calls.transcripts.times import CLOCK, clock_seconds
from calls.transcripts.vocabulary import words

LONGEST_LABEL = 80
# Words before a colon that open a remark or a heading and name nobody.
_NO_LABELS = frozenset(
    words(
        "note notes nb ps p.s. re subject title topic date time duration participants attendees agenda location link "
        "url http https summary transcript call meeting file language example important warning total price hint step"
    )
)
_PARTICLES = frozenset(words("van von der den de del della di da dos la le el al bin ibn of the and & from at @ y e i"))
_HEAD = re.compile(
    rf"([^\n:\uff1a]{{1,{LONGEST_LABEL}}}(?:[:\uff1a]\d\d){{0,2}}[^\n:\uff1a]{{0,8}})[:\uff1a](?=\s|$|[^\x00-\x7f])"
)
_BOLD = re.compile(r"(\*\*|__)([^*_\n]{1,80}?)\s?:?\1\s?:?\s?")
_BULLET = re.compile(r"(?:[-\u2013—•*]\s|>>+\s?)\s*")
_TIME_AT_END = re.compile(rf"[\s,|\u2013-]*[\[(]?\s*({CLOCK})\s*[\])]?\s*$")
_SENTENCE_MARKS = re.compile(r"[!?;\"“”…<>{}=]|\.\s(?=\S+\s\S+\s)")


@dataclass(frozen=True)
class Labelled:
    """A line that may start with a label: `label` is empty when nothing stands before a colon."""

    label: str
    rest: str
    start: float | None = None  # a time beside the label


@dataclass
class Labels:
    """The labels of one file. What counts as one depends on the file as a whole, so all lines are seen first."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0

    @classmethod
    def of(cls, lines: Iterable[str]) -> "Labels":
        labels = cls()
        for line in lines:
            labels.lines += 1
            if label := split_label(line).label:
                labels.counts[label.casefold()] += 1
        return labels

    def split(self, line: str) -> Labelled:
        """The line as label and rest; without a label when what stands before the colon names nobody."""
        found = split_label(line)
        return found if found.label and self.name_somebody(found.label) else Labelled("", line)

    def name_somebody(self, label: str) -> bool:
        words = label.split()
        if not 0 < len(words) <= 7 or not any(letter.isalnum() for letter in label) or _SENTENCE_MARKS.search(label):
            return False
        if words[0].casefold() in _NO_LABELS or label.casefold() in _NO_LABELS:
            return False
        if all(_like_a_name(word) for word in words):
            return True
        if len(words) <= 3 and (known_role(label) or self.counts[label.casefold()] > 1):
            return True
        # "bob: hi" in a file of two lines: most lines have such a label, so it is one
        return len(words) == 1 and self.counts.total() * 2 >= self.lines


def split_label(line: str) -> Labelled:
    if line[:2] in ("**", "__"):
        line = _BOLD.sub(r"\2: ", line, count=1)
    start = len(bullet[0]) if (bullet := _BULLET.match(line)) else 0
    head = _HEAD.match(line, start)
    if not head:
        return Labelled("", line)
    label, moment = without_time(head[1].strip())
    return Labelled(label, line[head.end() :].strip(), moment) if label else Labelled("", line)


def without_time(label: str) -> tuple[str, float | None]:
    """`Jane (00:12)` as name and seconds."""
    match = _TIME_AT_END.search(label[-40:])
    if not match:
        return _bare(label), None
    end = len(label) - len(label[-40:]) + match.start()
    return _bare(label[:end]), clock_seconds(match[1])


def _bare(label: str) -> str:
    label = label.strip().strip("*_").strip()
    if label[:1] in "[<" and label[-1:] in "]>" and len(label) > 2:
        label = label[1:-1].strip()
    return label


def _like_a_name(word: str) -> bool:
    first = next((letter for letter in word if letter.isalnum()), "")
    return not first or not first.islower() or word in _PARTICLES or "_" in word or "@" in word or word[-1].isdigit()
