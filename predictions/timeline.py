"""One call from left to right: the probability, who spoke when, and marks that lead to their turns.

Places are percent of the width: seconds where every turn has a time, else words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from calls.interaction import QUESTION_MARKS
from calls.models import Turn
from predictions.charts import BandArea, band_areas
from predictions.live.models import LiveTurn
from predictions.models import Band
from predictions.trackers import Hit

AnyTurn = Turn | LiveTurn
MOST_COLUMNS = 200  # more would be too narrow to point at
LANE, BETWEEN_LANES = 12, 4  # pixels


@dataclass(frozen=True)
class Span:
    x: float
    width: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Column:
    """A part of the width that leads to a turn, the last one in it."""

    turn: int
    x: float
    width: float
    probability: float | None = None


@dataclass(frozen=True)
class Stretch:
    """Turns of one side that follow each other, leading to the first."""

    role: str
    turn: int
    x: float
    width: float


@dataclass(frozen=True)
class Lane:
    """All stretches of one side as one shape, `y` pixels below the first lane."""

    role: str
    path: str
    y: int
    height: int = LANE


@dataclass(frozen=True)
class Mark:
    turn: int
    x: float
    text: str


@dataclass(frozen=True)
class MarkRow:
    kind: str  # its style
    title: str
    symbol: str
    marks: list[Mark]


@dataclass(frozen=True)
class Timeline:
    is_timed: bool  # else the width counts words
    lines: list[str]
    columns: list[Column]
    stretches: list[Stretch]
    areas: list[BandArea]
    rows: list[MarkRow]
    duration: float | None = None  # seconds
    known: list[float] = field(default_factory=list)  # probabilities, in the order of the call

    @property
    def last(self) -> float:
        return self.known[-1]

    @property
    def lowest(self) -> float:
        return min(self.known)

    @property
    def highest(self) -> float:
        return max(self.known)

    @property
    def roles(self) -> list[str]:
        return [role for role in Turn.Role.values if any(stretch.role == role for stretch in self.stretches)]

    @property
    def lanes(self) -> list[Lane]:
        return [lane(role, self.stretches, place * (LANE + BETWEEN_LANES)) for place, role in enumerate(self.roles)]

    @property
    def lanes_height(self) -> int:
        return len(self.roles) * (LANE + BETWEEN_LANES) - BETWEEN_LANES


def timeline(
    turns: Sequence[AnyTurn], probabilities: Sequence[float | None], bands: Sequence[Band], hits: Iterable[Hit]
) -> Timeline | None:
    """None without a turn; `probabilities` may be fewer than the turns, or none where no score may be shown."""
    if not turns:
        return None
    timed = is_timed(turns)
    places = spans(turns, timed=timed)
    columns = columns_of(places, probabilities)
    known = [value for value in probabilities if value is not None]
    return Timeline(
        is_timed=timed,
        lines=polylines((column.x + column.width / 2, column.probability) for column in columns) if known else [],
        columns=columns,
        stretches=stretches(turns, places),
        areas=band_areas(bands),
        rows=[row for row in mark_rows(turns, hits, places) if row.marks],
        duration=ending(turns[-1]) if timed else None,
        known=known,
    )


def is_timed(turns: Sequence[AnyTurn]) -> bool:
    """Every turn has a start, none before the one before it, and together they last."""
    starts = [turn.start for turn in turns]
    known = [start for start in starts if start is not None]
    in_order = len(known) == len(starts) and all(one <= other for one, other in pairwise(known))
    return in_order and ending(turns[-1]) > known[0]


def ending(turn: AnyTurn) -> float:
    return max(turn.start or 0.0, turn.end or 0.0)


def spans(turns: Sequence[AnyTurn], *, timed: bool) -> list[Span]:
    """Side by side, without gaps: from the start of a turn to that of the next."""
    if timed:
        edges = [*(turn.start or 0.0 for turn in turns), ending(turns[-1])]
    else:
        edges = [0.0]
        for turn in turns:
            edges.append(edges[-1] + max(1, len(turn.text.split())))
    first, whole = edges[0], edges[-1] - edges[0]
    at = [100 * (edge - first) / whole for edge in edges]
    return [Span(begin, end - begin) for begin, end in pairwise(at)]


def columns_of(places: Sequence[Span], probabilities: Sequence[float | None]) -> list[Column]:
    count = len(places)
    step = -(-count // MOST_COLUMNS)
    columns = []
    for start in range(0, count, step):
        last = min(start + step, count) - 1
        x, end = places[start].x, places[last].x + places[last].width
        said = probabilities[last] if last < len(probabilities) else None
        columns.append(Column(last, round(x, 3), round(end - x, 3), said))
    return columns


def polylines(points: Iterable[tuple[float, float | None]]) -> list[str]:
    """One line for each run of known values; a gap stays a gap."""
    lines = []
    for is_known, run in groupby(points, key=lambda point: point[1] is not None):
        if is_known:
            lines.append(" ".join(f"{x:.2f},{100 - 100 * y:.2f}" for x, y in run if y is not None))
    return lines


def stretches(turns: Sequence[AnyTurn], places: Sequence[Span]) -> list[Stretch]:
    """Who spoke when, one stretch for each run of turns of the same side."""
    made = []
    for role, run in groupby(range(len(turns)), key=lambda place: turns[place].role):
        indices = list(run)
        x, end = places[indices[0]].x, places[indices[-1]].x + places[indices[-1]].width
        made.append(Stretch(role, turns[indices[0]].index, round(x, 3), round(end - x, 3)))
    return made


def lane(role: str, stretches: Iterable[Stretch], y: int) -> Lane:
    own = (stretch for stretch in stretches if stretch.role == role)
    return Lane(role, "".join(f"M{one.x} {y}h{one.width}v{LANE}h-{one.width}z" for one in own), y)


def mark_rows(turns: Sequence[AnyTurn], hits: Iterable[Hit], places: Sequence[Span]) -> list[MarkRow]:
    said: dict[int, list[str]] = {}
    for hit in hits:
        said.setdefault(hit["turn"], []).append(f"{hit['tracker']}: {hit['phrase']}")
    asked = {
        place: [f"Question of {'the ' if turn.role != 'other' else ''}{turn.get_role_display().lower()}"]
        for place, turn in enumerate(turns)
        if QUESTION_MARKS.search(turn.text)
    }
    told = {
        place: [f"{len(turn.thread)} comment{'s' if len(turn.thread) > 1 else ''}"]
        for place, turn in enumerate(turns)
        if turn.thread
    }
    return [
        MarkRow("tracker", "Trackers", "◆", marks(said, turns, places)),
        MarkRow("question", "Questions", "?", marks(asked, turns, places)),
        MarkRow("comment", "Comments", "●", marks(told, turns, places)),
    ]


def marks(found: Mapping[int, Sequence[str]], turns: Sequence[AnyTurn], places: Sequence[Span]) -> list[Mark]:
    """At most one for each column: those of a column share the mark of the first."""
    step = -(-len(turns) // MOST_COLUMNS)
    made = []
    for _, run in groupby(sorted(found), key=lambda place: place // step):
        shared = list(run)
        more = f", and {len(shared) - 1} more nearby" if len(shared) > 1 else ""
        text = "; ".join(found[shared[0]]) + more
        made.append(Mark(turns[shared[0]].index, round(places[shared[0]].middle, 3), text))
    return made
