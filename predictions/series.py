"""Monitored numbers over time, as pages write them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from calls.templatetags.readable import decimal, lasting, percent, spoken_name
from predictions.alerts import RULES
from predictions.charts import Line, line
from predictions.models import MetricPoint

# How a number is written, by the end of its name; the rest as decimals.
UNITS = {"_share": percent, "_seconds": lasting, "_ms": lambda value: f"{value:,.0f} ms", "score_mean": percent}
COUNTS = (
    "calls_received", "calls_rejected", "predictions", "failed_runs", "failed_promotions", "untold_alerts",
    "set_aside_calls", "set_aside_insights", "failing_webhooks",
)  # fmt: skip
COUNTED = {
    "failed_runs": "run", "failed_promotions": "promotion", "untold_alerts": "alert", "failing_webhooks": "webhook",
}  # fmt: skip  # the rest: calls
MINIMUM = {rule.metric: rule.minimum for rule in RULES}
MINIMUM["quality_brier"] = MINIMUM["quality_brier_skill"]  # one says no more than the other
MEANINGS = {
    "quality_auc": "How often a won call had the higher score; 0.5 is chance.",
    "quality_brier": "Mean squared error of the probability; lower is better.",
    "quality_brier_skill": "Gain over always saying the base rate; below 0 is worse than that.",
    "quality_ece": "Mean gap between what was promised and what happened.",
    "score_spread": "Standard deviation; near 0 the score is stuck.",
    "score_psi": "Population stability index; below 0.1 is calm, above 0.25 is much.",
    "score_ks": "Largest gap between the two distributions, 0 to 1.",
    "feature_psi": "Of the interaction statistic that moved most.",
    "centroid_distance": "Cosine distance of what calls are about; 0 is the same.",
    "no_evidence_share": "Calls too short to be scored.",
    "insights_missing_share": "Of calls scored today, a quarter of an hour ago or earlier.",
    "insights_invented_share": "Of what language models quoted, what nobody had said; it is left out.",
    "set_aside_calls": "Could not be scored; the admin names them.",
    "set_aside_insights": "Calls that killed whoever wrote of them; the admin names them.",
    "untold_alerts": "Could not be sent.",
    "failing_webhooks": "Took nothing for an hour or more.",
    "latency_p95_ms": "19 of 20 scores took less.",
}


@dataclass(frozen=True)
class Series:
    """One monitored number, oldest point first."""

    name: str
    points: Sequence[MetricPoint]
    line: Line | None
    now: datetime

    @property
    def title(self) -> str:
        return spoken_name(self.name.removeprefix("quality_").removesuffix("_seconds").removesuffix("_ms"))

    @property
    def meaning(self) -> str:
        return MEANINGS.get(self.name, "")

    @property
    def last(self) -> MetricPoint:
        return self.points[-1]

    @property
    def lacks(self) -> str:
        """Why the number is not judged, if so; the limits of alerts hold from so many calls on."""
        minimum = MINIMUM.get(self.name, 0)
        return f"Too few calls to judge: {self.last.count} of {minimum}." if self.last.count < minimum else ""

    @property
    def counted(self) -> str:
        noun = COUNTED.get(self.name, "call")
        return f"{self.last.count:,} {noun}{'' if self.last.count == 1 else 's'}"

    @property
    def is_current(self) -> bool:
        """The window has not ended yet."""
        return self.last.window_end > self.now

    @property
    def value(self) -> str:
        return self.written(self.last.value)

    @property
    def range(self) -> str:
        values = [point.value for point in self.points]
        return f"{self.written(min(values))} to {self.written(max(values))}"

    def written(self, value: float) -> str:
        if self.name in COUNTS:
            return f"{value:,.0f}"
        write = next((write for ending, write in UNITS.items() if self.name.endswith(ending)), decimal)
        return write(value)


def series(points: Iterable[MetricPoint], now: datetime) -> list[Series]:
    """One for each name; `points` come by name, the oldest first."""
    made = []
    for name, found in groupby(points, key=lambda point: point.name):
        values = list(found)
        made.append(Series(name, values, line([point.value for point in values]), now))
    return made
