"""What deciding at a threshold gave on the tested calls: hits and misses, and how another threshold would have done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from predictions import charts

RULES = {"f1": "Best F1", "cost": "Least cost"}
IN_WORDS = {"f1": "the best F1", "cost": "the least cost"}


@dataclass(frozen=True)
class Confusion:
    tp: int
    fp: int
    fn: int
    tn: int
    threshold: float | None
    rule: str  # in words

    @property
    def precision(self) -> float | None:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None


@dataclass(frozen=True)
class Choice:
    """One rule for the threshold, with what it gave."""

    title: str
    in_use: bool
    numbers: Mapping[str, Any]

    @property
    def differs_by_split(self) -> bool:
        return bool(self.numbers["threshold_low"] != self.numbers["threshold_high"])


@dataclass(frozen=True)
class Thresholds:
    choices: list[Choice]
    n: int
    costs: str
    cost_of_all: float
    cost_of_none: float


def confusion(report: Mapping[str, Any], config: Mapping[str, Any]) -> Confusion | None:
    found = report.get("confusion") or {}
    if not all(charts.is_number(found.get(cell)) for cell in ("tp", "fp", "fn", "tn")):
        return None
    tp, fp, fn, tn = (int(found[cell]) for cell in ("tp", "fp", "fn", "tn"))
    threshold = found.get("threshold")
    rule = IN_WORDS["cost" if config.get("threshold") == "cost" else "f1"]
    return Confusion(tp, fp, fn, tn, threshold if charts.is_number(threshold) else None, rule)


def thresholds(report: Mapping[str, Any]) -> Thresholds | None:
    """None for a report from before there was such a table."""
    found = report.get("thresholds")
    if not found:
        return None
    alarm, miss = found["cost_false_positive"], found["cost_false_negative"]
    costs = "A false alarm costs as much as a missed call."
    if alarm != miss:
        costs = f"A false alarm costs {alarm:g}, a missed call {miss:g}."
    choices = [Choice(RULES[row["rule"]], row["in_use"], row) for row in found["rows"]]
    return Thresholds(choices, found["n"], costs, found["cost_of_all"], found["cost_of_none"])
