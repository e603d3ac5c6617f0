"""What deciding at a threshold gave on the tested calls: hits and misses, and how another threshold would have done."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from predictions import charts

RULES = {"f1": "Best F1", "cost": "Least cost"}
IN_WORDS = {"f1": "the best F1", "cost": "the least cost"}


CELLS = ("tp", "fp", "fn", "tn")


@dataclass(frozen=True)
class Confusion:
    tp: int
    fp: int
    fn: int
    tn: int
    threshold: float | None
    rule: str  # in words; empty: whoever looks chose the threshold
    costs: tuple[float, float] | None  # of a false alarm, of a missed call

    @property
    def percent(self) -> int:
        return 50 if self.threshold is None else round(100 * self.threshold)

    @property
    def precision(self) -> float | None:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def cost(self) -> float | None:
        return self.fp * self.costs[0] + self.fn * self.costs[1] if self.costs else None


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
    can_move: bool


def confusion(report: Mapping[str, Any], config: Mapping[str, Any]) -> Confusion | None:
    """At the threshold in use."""
    found = report.get("confusion") or {}
    if not all(charts.is_number(found.get(cell)) for cell in CELLS):
        return None
    tp, fp, fn, tn = (int(found[cell]) for cell in CELLS)
    threshold = found.get("threshold")
    rule = IN_WORDS["cost" if config.get("threshold") == "cost" else "f1"]
    return Confusion(tp, fp, fn, tn, threshold if charts.is_number(threshold) else None, rule, costs(report))


def confusion_at(report: Mapping[str, Any], asked: str) -> Confusion | None:
    """At the percent that somebody asks for; None where that is none, or the report is from before it could tell."""
    lines = (report.get("thresholds") or {}).get("at_percent") or []
    if not re.fullmatch("[0-9]{1,3}", asked) or int(asked) >= len(lines):
        return None
    tp, fp, fn, tn = lines[int(asked)]
    return Confusion(tp, fp, fn, tn, threshold=int(asked) / 100, rule="", costs=costs(report))


def costs(report: Mapping[str, Any]) -> tuple[float, float] | None:
    found = report.get("thresholds")
    return (found["cost_false_positive"], found["cost_false_negative"]) if found else None


def thresholds(report: Mapping[str, Any]) -> Thresholds | None:
    """None for a report from before there was such a table."""
    found = report.get("thresholds")
    if not found:
        return None
    alarm, miss = found["cost_false_positive"], found["cost_false_negative"]
    said = "A false alarm costs as much as a missed call."
    if alarm != miss:
        said = f"A false alarm costs {alarm:g}, a missed call {miss:g}."
    choices = [Choice(RULES[row["rule"]], row["in_use"], row) for row in found["rows"]]
    return Thresholds(choices, found["n"], said, found["cost_of_all"], found["cost_of_none"], "at_percent" in found)
