"""What the page says that puts two model versions side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from calls.models import Call, User
from mltraining.flags import learned_from
from mltraining.models import ModelVersion
from predictions.model_page import MetricRow, metric_rows
from predictions.version_pair import MOST_CALLS, graded, moves_between

ABSENT = "–"
MEASURED = ("AUC", "Brier", "ECE")


@dataclass(frozen=True)
class Setting:
    """A value of the configuration, or a fact of the data, in both."""

    name: str
    first: Any
    second: Any

    @property
    def values(self) -> tuple[Any, Any]:
        return self.first, self.second

    @property
    def differs(self) -> bool:
        return bool(self.first != self.second)


@dataclass(frozen=True)
class MetricPair:
    title: str
    sides: tuple[MetricRow | None, MetricRow | None]
    is_own: bool = False


def compare_page(first: ModelVersion, second: ModelVersion, reader: User) -> dict[str, Any]:
    """`first` is the one that is compared with, `second` the one whose differences are told."""
    ours = [setting for setting in configurations(first, second) if setting.differs]
    return {
        "first": first,
        "second": second,
        "sides": (first, second),
        "settings": ours,
        "data": learned_data(first, second),
        "shared_calls": len({*first.call_ids} & {*second.call_ids}),
        "pairs": metric_pairs(first.report, second.report),
        "graded": graded(reader, first, second),
        "moved": moves_between(reader, first, second),
        "measured": MEASURED,
        "most_calls": MOST_CALLS,
    }


def configurations(first: ModelVersion, second: ModelVersion) -> list[Setting]:
    ours, theirs = first.run.config, second.run.config
    names = sorted({*ours, *theirs})
    return [Setting(name, ours.get(name, ABSENT), theirs.get(name, ABSENT)) for name in names]


def learned_data(first: ModelVersion, second: ModelVersion) -> list[Setting]:
    ours, theirs = facts(first), facts(second)
    return [Setting(name, ours[name], theirs[name]) for name in ours]


def facts(version: ModelVersion) -> dict[str, Any]:
    """Of the calls that it was trained and tested on, and that are still there, the first and the last day."""
    counts = version.report.get("counts") or version.run.counts
    there = Call.objects.filter(pk__in=learned_from(version)).order_by()
    days = there.aggregate(first=Min("started_at"), last=Max("started_at"))
    return {
        "Calls": len(version.call_ids),
        "Won": counts.get("won"),
        "Lost": counts.get("lost"),
        "Customers": counts.get("customers"),
        "First call": day(days["first"]),
        "Last call": day(days["last"]),
        "Hash of data and configuration": version.run.snapshot_hash[:12] or None,
    }


def day(moment: datetime | None) -> str | None:
    return f"{moment:%Y-%m-%d}" if moment else None


def metric_pairs(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[MetricPair]:
    """Baselines by name, then what each version registered, whatever way that was."""
    ours, theirs = metric_rows(first), metric_rows(second)
    titles = dict.fromkeys(row.title for row in [*ours, *theirs] if not row.is_chosen)
    named = [MetricPair(title, (baseline(ours, title), baseline(theirs, title))) for title in titles]
    own = (chosen(ours), chosen(theirs))
    return [*named, MetricPair("The version itself", own, is_own=True)] if any(own) else named


def chosen(rows: Sequence[MetricRow]) -> MetricRow | None:
    return next((row for row in rows if row.is_chosen), None)


def baseline(rows: Sequence[MetricRow], title: str) -> MetricRow | None:
    return next((row for row in rows if row.title == title and not row.is_chosen), None)
