"""How far a version lies from each simpler way on the same calls: one row for each way, one cell for each metric."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from predictions import charts

ROW_NAMES = {
    "base_rate": "Base rate",
    "length_only": "Length only",
    "metadata_only": "Metadata only",
    "bag_of_words": "Bag of words",
    "generic_encoder": "Generic encoder",
    "fine_tuned": "Fine-tuned encoder",
    "active_version": "The version that served",
}


@dataclass(frozen=True)
class Metric:
    name: str
    title: str
    better: int  # the sign of a difference in this version's favour

    @property
    def in_words(self) -> str:
        return f"{'above' if self.better > 0 else 'below'} 0: this version is better"


METRICS = (Metric("auc", "AUC", 1), Metric("brier", "Brier", -1), Metric("log_loss", "Log loss", -1))


@dataclass(frozen=True)
class Gap:
    """This version less the other, with its interval; clear when the interval leaves zero out."""

    difference: float
    low: float | None
    high: float | None
    better: int

    @property
    def verdict(self) -> str:
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "could be chance"
        return "better" if self.low * self.better > 0 else "worse"


@dataclass(frozen=True)
class Comparison:
    title: str
    gaps: list[Gap | None]  # in the order of METRICS
    n: int | None = None  # calls compared; a report of old does not say


def row_name(name: str) -> str:
    return ROW_NAMES.get(name, name.replace("_", " "))


def comparisons(paired: Iterable[Mapping[str, Any]]) -> list[Comparison]:
    """From the report's loose rows; a difference that the report lacks is None."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in paired:
        found.setdefault(row.get("against", ""), {})[row.get("metric", "auc")] = row
    return [
        Comparison(
            row_name(against),
            [gap(rows.get(metric.name), metric) for metric in METRICS],
            next((row["n"] for row in rows.values() if row.get("n")), None),
        )
        for against, rows in found.items()
    ]


def gap(row: Mapping[str, Any] | None, metric: Metric) -> Gap | None:
    if row is None or not charts.is_number(row.get("difference")):
        return None
    return Gap(row["difference"], row.get("low"), row.get("high"), metric.better)
