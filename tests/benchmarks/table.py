"""What the benchmarks found: one row a figure, beside its goal; printed, and kept as JSON and Markdown."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    what: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def goal(self) -> str:
        limits = (("≥", self.at_least), ("≤", self.at_most))
        return " ".join(f"{sign} {shown(limit)}" for sign, limit in limits if limit is not None)

    @property
    def reached(self) -> bool | None:
        """None where there is no goal."""
        if not self.goal:
            return None
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)


@dataclass
class Table:
    figures: list[Figure] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str = "", **about) -> None:
        self.figures.append(Figure(what, value, unit, **about))

    @property
    def markdown(self) -> str:
        rows = [
            (f.what, f"{shown(f.value)} {f.unit}".strip(), f.goal, verdict(f.reached), f.note) for f in self.figures
        ]
        head = ("Figure", "Measured", "Goal", "Reached", "How")
        return "\n".join("| " + " | ".join(row) + " |" for row in [head, ("---",) * len(head), *rows])

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        about = {"machine": machine(), "load": os.getloadavg()[0]}
        found = [{**asdict(figure), "goal": figure.goal, "reached": figure.reached} for figure in self.figures]
        (folder / "results.json").write_text(json.dumps(about | {"figures": found}, ensure_ascii=False, indent=1))
        (folder / "results.md").write_text(f"{self.markdown}\n\n{machine()}, load {about['load']:.1f}\n")


def shown(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def verdict(reached: bool | None) -> str:
    return {None: "", True: "yes", False: "no"}[reached]


def machine() -> str:
    return f"{os.cpu_count()} CPU cores, {platform.machine()}, Python {platform.python_version()}"
