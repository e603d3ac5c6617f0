"""What the page of one model version says, put together from its report; a part that the report lacks is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mltraining.models import ModelVersion, Promotion
from predictions import charts

ROW_NAMES = {
    "base_rate": "Base rate",
    "length_only": "Length only",
    "metadata_only": "Metadata only",
    "bag_of_words": "Bag of words",
    "generic_encoder": "Generic encoder",
    "fine_tuned": "Fine-tuned encoder",
}


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


@dataclass(frozen=True)
class Confusion:
    threshold: float | None
    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def precision(self) -> float | None:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None


def model_page(version: ModelVersion) -> dict[str, Any]:
    report = version.report
    rows = metric_rows(report)
    chosen = next((row for row in rows if row.is_chosen), None)
    shares = [row for row in report.get("by_share") or [] if charts.is_number(row.get("auc"))]
    counts = report.get("counts") or version.run.counts
    return {
        "version": version,
        "rows": rows,
        "chosen": chosen,
        "headline": headline(chosen, counts),
        "counts": counts,
        "reliability": charts.reliability(report.get("reliability") or []),
        "shares": shares,
        "share_line": charts.line([row["auc"] for row in shares], lowest=0.5, highest=1.0),
        "confusion": confusion(report),
        "paired": [comparison(row) for row in report.get("paired") or []],
        "notes": report.get("notes") or [],
        "config": sorted(version.run.config.items()),
        "promotions": version.promotions.select_related("requested_by", "previous")[:10],
        "promotion": running_promotion(version),
    }


def running_promotion(version: ModelVersion) -> Promotion | None:
    return version.promotions.filter(state=Promotion.State.WRITING_VECTORS).first()


def metric_rows(report: Mapping[str, Any]) -> list[MetricRow]:
    numbers = set(MetricRow.__dataclass_fields__) - {"title", "is_chosen"}
    chosen = report.get("chosen", "fine_tuned")
    return [
        MetricRow(
            title=ROW_NAMES.get(row.get("name", ""), str(row.get("name", "")).replace("_", " ")),
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


def confusion(report: Mapping[str, Any]) -> Confusion | None:
    found = report.get("confusion") or {}
    if not all(charts.is_number(found.get(cell)) for cell in ("tp", "fp", "fn", "tn")):
        return None
    return Confusion(found.get("threshold"), *(int(found[cell]) for cell in ("tp", "fp", "fn", "tn")))


def comparison(row: Mapping[str, Any]) -> dict[str, Any]:
    """A paired difference with its interval; clear when the interval leaves zero out."""
    low, high = row.get("low"), row.get("high")
    is_clear = low is not None and high is not None and (low > 0 or high < 0)
    against = ROW_NAMES.get(row.get("against", ""), str(row.get("against", "")).replace("_", " "))
    return {**row, "against": against, "is_clear": is_clear}


def main_numbers(versions: Iterable[ModelVersion]) -> list[tuple[ModelVersion, MetricRow | None]]:
    return [
        (version, next((row for row in metric_rows(version.report) if row.is_chosen), None)) for version in versions
    ]
