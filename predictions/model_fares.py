"""How a version has fared since its promotion, by what monitoring measured of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mltraining.models import ModelVersion
from predictions.models import MetricPoint
from predictions.series import Series, series

QUALITY = ("quality_auc", "quality_brier", "quality_ece")
DRIFT = ("score_psi", "feature_psi")


@dataclass(frozen=True)
class Fared:
    quality: list[tuple[Series, float | None]]  # with what the tests had said of it
    drift: list[Series]


def fared(version: ModelVersion, tested: Mapping[str, Any], now: datetime) -> Fared | None:
    """None for a version that never served. `tested` holds auc, brier and ece as they were before it did."""
    if version.promoted_at is None:
        return None
    points = MetricPoint.objects.filter(version=version, window_end__gt=version.promoted_at, name__in=QUALITY + DRIFT)
    found = {one.name: one for one in series(points.order_by("name", "window_start"), now)}
    return Fared(
        [(found[name], tested.get(name.removeprefix("quality_"))) for name in QUALITY if name in found],
        [found[name] for name in DRIFT if name in found],
    )
