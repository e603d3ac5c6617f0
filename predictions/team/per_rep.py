"""How each rep fares and talks: of every number the mean over the rep's calls, one value a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, CharField, Count, F, FloatField, Q, StdDev, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat, NullIf, Trim

from calls.feature_words import WORDS, figure
from calls.features import FORMULAS
from calls.models import CallQuerySet, Outcome
from calls.templatetags.readable import percent
from mltraining.models import ModelVersion
from predictions import intervals
from predictions.intervals import Estimate
from predictions.models import Prediction

FEWEST = 5  # calls, before a mean is told
MOST_REPS = 100
TITLES = {
    "talk_ratio": "Talk ratio",
    "longest_monologue": "Longest monologue",
    "patience": "Patience",
    "interactivity": "Interactivity",
    "questions_rep": "Questions",
}
UNITS = {"longest_monologue": "words", "patience": "seconds", "interactivity": "changes per 100 words"}


@dataclass(frozen=True)
class Column:
    title: str
    unit: str
    formula: str


@dataclass(frozen=True)
class Mean:
    """A mean as the table writes it; `written` is empty where too few calls have the number."""

    written: str = ""
    range: str = ""
    count: int = 0


@dataclass(frozen=True)
class RepRow:
    name: str
    rep: int | None  # a user; None: a name that came with the calls
    calls: int
    won: int
    lost: int
    said: Mean
    statistics: Sequence[Mean]

    @property
    def win_rate(self) -> Estimate | None:
        return intervals.share(self.won, self.won + self.lost)


COLUMNS = [Column(title, UNITS.get(name, ""), FORMULAS[name]) for name, title in TITLES.items()]
# Calls of a user belong together whatever name they came with; others are told apart by that name.
WHO = ("rep", "name")
SAID = {"count": Count("probability"), "mean": Avg("probability"), "sd": StdDev("probability", sample=True)}


def per_rep(calls: CallQuerySet, active: ModelVersion | None) -> list[RepRow]:
    """A row for each rep, most calls first, then one for all of them; empty without a call."""
    named = calls.order_by().annotate(name=name_by(""))
    counted = list(named.values(*WHO).annotate(**aggregates()).order_by("-calls", "name")[:MOST_REPS])
    if not counted:
        return []
    said = {(row["rep"], row["name"]): row for row in scores(calls, active).values(*WHO).annotate(**SAID)}
    rows = [row_of(row, said.get((row["rep"], row["name"]), {})) for row in counted]
    everyone = named.aggregate(**aggregates()) | {"rep": None, "name": "All of them"}
    return [*rows, row_of(everyone, scores(calls, active).aggregate(**SAID))] if len(rows) > 1 else rows


def aggregates() -> dict[str, Any]:
    found: dict[str, Any] = {
        "calls": Count("pk"),
        "won": Count("pk", filter=Q(outcome=Outcome.WON)),
        "lost": Count("pk", filter=Q(outcome=Outcome.LOST)),
    }
    for name in TITLES:
        value = Cast(KeyTextTransform(name, "statistics"), FloatField())
        found |= {f"{name}_count": Count(value), f"{name}_mean": Avg(value), f"{name}_sd": StdDev(value, sample=True)}
    return found


def scores(calls: CallQuerySet, active: ModelVersion | None) -> Any:
    """The newest score of each call by the version that serves: means of two versions would not compare."""
    newest = Prediction.objects.filter(version=active, call__in=calls.order_by()).newest_of_each_call()
    found = Prediction.objects.filter(pk__in=newest.values("pk"), probability__isnull=False).order_by()
    return found.annotate(rep=F("call__rep"), name=name_by("call__"))


def name_by(path: str) -> Coalesce:
    """A rep's name, reached by that path."""
    full = Trim(Concat(f"{path}rep__first_name", Value(" "), f"{path}rep__last_name"))
    known = (NullIf(full, Value("")), F(f"{path}rep__username"), F(f"{path}rep_name"))
    return Coalesce(*known, output_field=CharField())


def row_of(row: Mapping[str, Any], said: Mapping[str, Any]) -> RepRow:
    return RepRow(
        name=row["name"] or "No rep named",
        rep=row["rep"],
        calls=row["calls"],
        won=row["won"],
        lost=row["lost"],
        said=mean("talk_ratio", said.get("mean"), said.get("sd"), said.get("count") or 0),
        statistics=[mean(name, row[f"{name}_mean"], row[f"{name}_sd"], row[f"{name}_count"]) for name in TITLES],
    )


def mean(name: str, average: float | None, deviation: float | None, count: int) -> Mean:
    found = intervals.mean(average, deviation, count)
    if found is None or count < FEWEST:
        return Mean(count=count)
    write = percent if WORDS[name].unit == "%" else figure
    low, high = (write(max(0.0, limit or 0.0)) for limit in (found.low, found.high))
    return Mean(write(found.value), f"{low} to {high}", count)
