"""How each rep fares and talks: of every number the mean over the rep's calls, one value a call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, CharField, Count, F, FloatField, Q, StdDev, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim

from calls.feature_words import SHARE, WORDS, figure
from calls.features import FORMULAS
from calls.models import CallQuerySet, Outcome, User
from calls.templatetags.readable import percent
from mltraining.models import ModelVersion
from predictions import intervals
from predictions.intervals import Estimate, Sample
from predictions.models import Prediction

FEWEST = 5  # calls, before a mean is told
MOST_REPS = 100
SCORE = "score"  # stands among the statistics of the conversation, first
TITLES = {
    "talk_ratio": "Talk ratio",
    "longest_monologue": "Longest monologue",
    "patience": "Patience",
    "interactivity": "Changes of speaker",
    "questions_rep": "Questions",
}
UNITS = {"longest_monologue": "words", "patience": "seconds", "interactivity": "per 100 words"}
SCORE_MEANS = "The newest scores by the version that serves."


@dataclass(frozen=True)
class Column:
    title: str
    unit: str
    formula: str


COLUMNS = [
    Column("Probability", "", SCORE_MEANS),
    *(Column(title, UNITS.get(name, ""), FORMULAS[name]) for name, title in TITLES.items()),
]


@dataclass(frozen=True)
class Mean:
    """As the table writes it; `written` is empty where too few calls have the number."""

    written: str = ""
    range: str = ""
    count: int = 0


@dataclass(frozen=True)
class RepRow:
    name: str
    rep: int | None  # a user; None: a name that came with the calls, or all reps together
    calls: int
    won: int
    lost: int
    samples: Mapping[str, Sample]

    @property
    def win_rate(self) -> Estimate | None:
        return intervals.share(self.won, self.won + self.lost)

    @property
    def means(self) -> list[Mean]:
        """In the order of COLUMNS."""
        return [mean(name, self.samples[name]) for name in (SCORE, *TITLES)]


def per_rep(calls: CallQuerySet, active: ModelVersion | None, user: User) -> list[RepRow]:
    """A row for each rep, most calls first, then one for all of them; empty without a call.

    Calls of a user belong together whatever name they came with; others are told apart by that name.
    """
    counted = calls.order_by().annotate(name=name_by("")).values("rep", "name").annotate(**aggregates())
    said = scores(calls, active, user)
    rows = sorted((row_of(row, said) for row in counted), key=lambda row: (-row.calls, row.name))
    return [*rows[:MOST_REPS], together(rows)] if len(rows) > 1 else rows


def leaves_some_out(rows: Sequence[RepRow]) -> bool:
    """Whether the last row, of all reps, counts calls of others than those listed."""
    return len(rows) > 1 and rows[-1].calls > sum(row.calls for row in rows[:-1])


def aggregates() -> dict[str, Any]:
    found: dict[str, Any] = {
        "calls": Count("pk"),
        "won": Count("pk", filter=Q(outcome=Outcome.WON)),
        "lost": Count("pk", filter=Q(outcome=Outcome.LOST)),
    }
    return found | statistics_of(TITLES)


def statistics_of(names: Iterable[str]) -> dict[str, Any]:
    """Aggregates over calls, one value a call, for `samples`."""
    found: dict[str, Any] = {}
    for name in names:
        value = Cast(KeyTextTransform(name, "statistics"), FloatField())
        found |= {f"{name}_count": Count(value), f"{name}_mean": Avg(value), f"{name}_sd": StdDev(value, sample=True)}
    return found


def samples(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Sample]:
    return {name: Sample(row[f"{name}_count"], row[f"{name}_mean"], row[f"{name}_sd"]) for name in names}


def scores(calls: CallQuerySet, active: ModelVersion | None, user: User) -> dict[tuple[int | None, str | None], Sample]:
    """By rep and name; of one version only, as means of two would not compare."""
    of_version = Prediction.objects.filter(version=active, call__in=calls.order_by())
    newest = of_version.revealed_to(user).newest_of_each_call()
    found = Prediction.objects.filter(pk__in=newest.values("pk"), probability__isnull=False).order_by()
    sample = (Count("pk"), Avg("probability"), StdDev("probability", sample=True))
    rows = found.annotate(rep=F("call__rep"), name=name_by("call__")).values_list("rep", "name")
    counted = rows.annotate(count=sample[0], average=sample[1], deviation=sample[2])
    return {(rep, name): Sample(*numbers) for rep, name, *numbers in counted}


def name_by(path: str) -> Coalesce:
    """A rep's name, reached by that path."""
    full = Trim(Concat(f"{path}rep__first_name", Value(" "), f"{path}rep__last_name"))
    known = (NullIf(full, Value("")), F(f"{path}rep__username"), F(f"{path}rep_name"))
    return Coalesce(*known, output_field=CharField())


def row_of(row: Mapping[str, Any], said: Mapping[tuple[int | None, str | None], Sample]) -> RepRow:
    score = said.get((row["rep"], row["name"]), Sample(0, None, None))
    numbers = {name: row[name] for name in ("rep", "calls", "won", "lost")}
    return RepRow(name=row["name"] or "No rep named", samples={SCORE: score, **samples(row, TITLES)}, **numbers)


def together(rows: Sequence[RepRow]) -> RepRow:
    numbers = {name: sum(getattr(row, name) for row in rows) for name in ("calls", "won", "lost")}
    pooled = {name: intervals.pooled(row.samples[name] for row in rows) for name in (SCORE, *TITLES)}
    return RepRow(name="All of them", rep=None, samples=pooled, **numbers)


def mean(name: str, sample: Sample) -> Mean:
    found = sample.mean
    if found is None or found.low is None or found.high is None or sample.count < FEWEST:
        return Mean(count=sample.count)
    write = percent if name == SCORE or WORDS[name].unit == SHARE else figure
    return Mean(write(found.value), f"{write(max(0.0, found.low))} to {write(found.high)}", sample.count)
