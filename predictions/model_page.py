"""What the page of one model version says, put together from its report; a part that the report lacks is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from calls import clock
from calls.models import User
from mltraining.flags import flags
from mltraining.models import ModelVersion, Promotion
from mltraining.version_report import TUNED
from predictions import charts
from predictions.model_comparison import METRICS, comparisons, row_name
from predictions.model_fares import fared
from predictions.model_segments import groups, mistakes
from predictions.model_thresholds import confusion, confusion_at, thresholds
from predictions.preview import MOST_CALLS
from predictions.promotion import version_before
from predictions.seen_preview import preview_for
from predictions.seen_report import report_for

HIGHEST_BRIER = 0.3  # always saying 50 % gives 0.25


@dataclass(frozen=True)
class MetricRow:
    title: str
    is_chosen: bool
    auc: float | None
    ap: float | None
    brier: float | None
    log_loss: float | None
    ece: float | None
    f1: float | None
    accuracy: float | None
    auc_low: float | None = None
    auc_high: float | None = None
    auc_sd: float | None = None
    ece_noise: float | None = None


def model_page(version: ModelVersion, running: Promotion | None, reader: User, asked: str = "") -> dict[str, Any]:
    """`asked` is the percent from which on a call is to count as called likely; else the threshold in use decides."""
    report = report_for(reader, version)
    rows = metric_rows(report)
    chosen = next((row for row in rows if row.is_chosen), None)
    shares = [row for row in report.get("by_share") or [] if charts.is_number(row.get("auc"))]
    counts = report.get("counts") or version.run.counts
    return {
        "version": version,
        "flags": flags(version),
        "fared": fared(version, vars(chosen) if chosen else {}, clock.now()),
        "rows": rows,
        "chosen": chosen,
        "headline": headline(chosen, counts),
        "counts": counts,
        "reliability": charts.reliability(report.get("reliability") or []),
        "quarters_across": charts.ACROSS,
        "quarters_up": charts.UP,
        "shares": shares,
        "share_charts": share_charts(shares),
        "running": report.get("by_words") or [],
        "is_tuned": report.get("chosen", TUNED) == TUNED,
        "training_curve": charts.loss_curve(report.get("training_curve") or []),
        "confusion": confusion_at(report, asked) or confusion(report, version.run.config),
        "thresholds": thresholds(report),
        "segments": groups(report.get("segments") or []),
        "hidden_segments": report.get("hidden_segments"),
        "mistakes": most_wrong(report),
        "metrics": METRICS,
        "paired": comparisons(report.get("paired") or []),
        "notes": report.get("notes") or [],
        "guards": report.get("guards"),  # None: made before there were any
        "config": sorted(version.run.config.items()),
        "promotions": version.promotions.select_related("requested_by", "previous")[:10],
        "promotion": running,
        "before": version_before(version) if version.is_active else None,
        "compared_with": usual_other(version),
        **preview_parts(version, reader),
    }


def usual_other(version: ModelVersion) -> ModelVersion | None:
    """What a version is compared with: the one that serves; of that one the newest other."""
    others = ModelVersion.objects.exclude(pk=version.pk).defer("report", "call_ids")
    return others.active() or others.first()


def preview_parts(version: ModelVersion, reader: User) -> dict[str, Any]:
    """Only what could take another version's place has a preview."""
    active = ModelVersion.objects.active()
    if active is None or version.state != ModelVersion.State.CANDIDATE:
        return {}
    return {"active": active, "seen_preview": preview_for(reader, version), "most_previewed": MOST_CALLS}


def most_wrong(report: Mapping[str, Any]) -> dict[str, Any] | None:
    found = report.get("extremes")
    if not found:
        return None
    return {"over": mistakes(found["over"]), "under": mistakes(found["under"]), "hidden": found["hidden"]}


def running_promotion(version: int) -> Promotion | None:
    return Promotion.objects.filter(version=version, state=Promotion.State.WRITING_VECTORS).first()


def metric_rows(report: Mapping[str, Any]) -> list[MetricRow]:
    numbers = set(MetricRow.__dataclass_fields__) - {"title", "is_chosen"}
    chosen = report.get("chosen", TUNED)
    return [
        MetricRow(
            title=row_name(str(row.get("name", ""))),
            is_chosen=row.get("name") == chosen,
            **{name: row.get(name) for name in numbers},
        )
        for row in report.get("rows") or []
    ]


def headline(chosen: MetricRow | None, counts: Mapping[str, Any]) -> list[tuple[str, Any, str]]:
    """The three numbers that a reader wants first: title, value, what it means."""
    if chosen is None:
        return []
    won, lost = counts.get("won") or 0, counts.get("lost") or 0
    rate = won / (won + lost) if won + lost else None
    return [
        ("AUC", chosen.auc, "How often a won call is scored above a lost one; 0.5 is chance."),
        ("Brier", chosen.brier, "Mean squared error of the probability; lower is better."),
        ("ECE", chosen.ece, "Mean gap between what is promised and what happens; lower is better."),
        ("Base rate", rate, "Share of won calls among those it learned from."),
    ]


def share_charts(shares: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, charts.Axes]]:
    """How good the score is after a part of the call: title, which way is better, chart."""
    drawn = []
    for key, title, better, low, high in (
        ("auc", "AUC", "higher is better", 0.5, 1.0),
        ("brier", "Brier", "lower is better", 0.0, HIGHEST_BRIER),
    ):
        values = [(row["share"], row[key]) for row in shares if charts.is_number(row.get(key))]
        if axes := charts.over_share(values, low, high):
            drawn.append((title, better, axes))
    return drawn


def main_numbers(versions: Iterable[ModelVersion]) -> list[tuple[ModelVersion, MetricRow | None]]:
    return [
        (version, next((row for row in metric_rows(version.report) if row.is_chosen), None)) for version in versions
    ]
