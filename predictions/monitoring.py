"""Measures how work and the active version fare: one number per name, version and window."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from django.db.models import Avg, F, Min, Value
from django.db.models.functions import Greatest

from calls.models import Call
from mltraining.models import ModelVersion
from predictions import drift, failures, quality, scoring
from predictions.grading import graded
from predictions.models import Embedding, MetricPoint, Prediction

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
GRACE = timedelta(minutes=15)  # how long after its end a window is still measured, so that its last minutes count
SCORES_OVER = timedelta(days=7)
OUTCOMES_OVER = timedelta(days=28)
MOST_SCORES = 20_000

Number = tuple[str, float, int]  # name, value, how many calls it rests on


@dataclass(frozen=True)
class Window:
    start: datetime
    end: datetime

    def holds(self, field: str) -> dict[str, datetime]:
        return {f"{field}__gte": self.start, f"{field}__lt": self.end}


def measure(now: datetime) -> int:
    """Measures every current window, and those that ended a moment ago; measuring again writes the same points over.

    Returns how many points were written.
    """
    version = ModelVersion.objects.active()
    points = [
        MetricPoint(
            name=name, version=about, window_start=window.start, window_end=window.end, value=value, count=count
        )
        for about, measured, length, over in (*SYSTEM_TABLE, *(version_table(version) if version else ()))
        for window in windows(now, length, over)
        for name, value, count in measured(window, now)
    ]
    points.sort(key=lambda point: (point.name, point.window_start))  # two beats lock the rows in one order
    MetricPoint.objects.bulk_create(
        points,
        update_conflicts=True,
        unique_fields=["name", "version", "window_start"],
        update_fields=["value", "count", "window_end"],
    )
    return len(points)


def windows(now: datetime, length: timedelta, over: timedelta) -> Iterator[Window]:
    """The window that `now` lies in, before it the one that just ended; aligned to full hours or days in UTC.

    A window reaches back over `over` from its end: a rolling week has one window a day.
    """
    since_midnight = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second, microseconds=now.microsecond)
    begun = now - since_midnight % length
    if now - begun < GRACE:
        yield Window(begun - over, begun)
    yield Window(begun + length - over, begun + length)


def deliveries(window: Window, now: datetime) -> Iterator[Number]:
    received = Call.objects.filter(**window.holds("created_at"))
    count, rejected = received.count(), received.filter(state=Call.State.REJECTED).count()
    yield "calls_received", count, count
    yield "calls_rejected", rejected, count
    if count:
        yield "rejected_share", rejected / count, count


def parse_queue(window: Window, now: datetime) -> Iterator[Number]:
    if window.end > now:
        yield "oldest_received_seconds", *parse_wait(now)


def parse_wait(now: datetime) -> tuple[float, int]:
    """The age of the oldest call that waits to be parsed, and how many wait."""
    waiting = Call.objects.filter(state=Call.State.RECEIVED)
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    return age(oldest, now), waiting.count()


def speed(version: ModelVersion, window: Window, now: datetime) -> Iterator[Number]:
    latencies = list(
        Prediction.objects.filter(version=version, **window.holds("created_at")).values_list("latency_ms", flat=True)
    )
    yield "predictions", len(latencies), len(latencies)
    if latencies:
        for share in (50, 95):
            yield f"latency_p{share}_ms", float(np.percentile(latencies, share)), len(latencies)


def score_queue(version: ModelVersion, window: Window, now: datetime) -> Iterator[Number]:
    if window.end > now:
        yield "oldest_unscored_seconds", *score_wait(version, now)


def score_wait(version: ModelVersion, now: datetime) -> tuple[float, int]:
    """The age of the oldest readable call without a score by this version, and how many wait.

    A call that was there before the version counts from the version's promotion. Calls that were set aside do not
    count: no worker can help them.
    """
    waiting = scoring.pending(version).order_by()
    could_be_scored = Greatest(F("created_at"), Value(version.promoted_at or version.created_at))
    oldest = waiting.aggregate(oldest=Min(could_be_scored))["oldest"]
    return age(oldest, now), waiting.count()


def age(oldest: datetime | None, now: datetime) -> float:
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def scores(version: ModelVersion, window: Window, now: datetime) -> Iterator[Number]:
    """Spread and share without evidence over all calls; drift over those that the version was not made from."""
    written = Prediction.objects.filter(version=version, **window.holds("created_at"))
    scored = dict(written.newest_of_each_call().values_list("call_id", "probability")[:MOST_SCORES])
    if not scored:
        return
    known = [probability for probability in scored.values() if probability is not None]
    yield "no_evidence_share", 1 - len(known) / len(scored), len(scored)
    if known:
        yield "score_mean", float(np.mean(known)), len(known)
        yield "score_spread", float(np.std(known)), len(known)
    seen = set(version.call_ids)
    yield from moved(version, {pk: probability for pk, probability in scored.items() if pk not in seen})


def moved(version: ModelVersion, fresh: Mapping[int, float | None]) -> Iterator[Number]:
    """How far scores, features and vectors are from the reference in the version's report, as far as it has one."""
    reference = version.report.get("reference") or {}
    known = [probability for probability in fresh.values() if probability is not None]
    if known and reference.get("scores"):
        yield "score_psi", drift.psi(reference["scores"], known), len(known)
        yield "score_ks", drift.ks(reference["scores"], known), len(known)
    yield from moved_features(reference.get("features") or {}, list(fresh))
    yield from moved_vectors(version, reference.get("centroid") or [], list(fresh))


def moved_features(reference: Mapping[str, Any], calls: Sequence[int]) -> Iterator[Number]:
    """The largest drift of an interaction statistic that the reference holds a sample of."""
    samples = {name: sample for name, entry in reference.items() if (sample := sample_in(entry))}
    if not samples or not calls:
        return
    seen = list(Call.objects.filter(pk__in=calls).values_list("statistics", flat=True))
    found = []
    for name, sample in samples.items():
        values = [value for statistics in seen if isinstance(value := statistics.get(name), int | float)]
        if values:
            found.append((drift.psi(sample, values), len(values)))
    if found:
        yield "feature_psi", *max(found)


def sample_in(entry: object) -> list[float]:
    sample = entry.get("sample") if isinstance(entry, Mapping) else entry
    return sample if isinstance(sample, list) else []


def moved_vectors(version: ModelVersion, reference: Sequence[float], calls: Sequence[int]) -> Iterator[Number]:
    vectors = Embedding.objects.of_calls().filter(version=version, call__in=calls)
    count = vectors.count() if reference and calls else 0
    if count:
        centroid = vectors.aggregate(centroid=Avg("vector"))["centroid"]
        yield "centroid_distance", drift.centroid_distance(reference, centroid), count


def outcomes(version: ModelVersion, window: Window, now: datetime) -> Iterator[Number]:
    """Quality of the scores that were given before the outcome became known, beside what the base rate alone gives."""
    found = graded(Prediction.objects.filter(version=version, **window.holds("call__outcome_known_at")))
    if not len(found):
        return
    for name, value in grades(found.won, found.probability).items():
        if value is not None:
            yield f"quality_{name}", value, len(found)


def grades(won: np.ndarray, probability: np.ndarray) -> dict[str, float | None]:
    """`brier_skill` is the part of the base rate's Brier score that the model saves; below 0 it does harm."""
    brier, base = quality.brier(won, probability), quality.base_rate_brier(won)
    return {
        "auc": quality.auc(won, probability),
        "brier": brier,
        "base_rate_brier": base,
        "brier_skill": 1 - brier / base if base else None,
        "ece": quality.calibration_error(won, probability),
        "base_rate": float(np.mean(won)),
    }


Measure = Callable[[Window, datetime], Iterator[Number]]
Row = tuple[
    ModelVersion | None, Measure, timedelta, timedelta
]  # about which version, by what, how often, over how long

SYSTEM_TABLE: tuple[Row, ...] = (
    (None, deliveries, HOUR, HOUR),
    (None, parse_queue, HOUR, HOUR),
    (None, failures.failed_runs, DAY, DAY),
    (None, failures.failed_promotions, DAY, DAY),
    (None, failures.untold_alerts, DAY, DAY),
    (None, failures.failing_webhooks, HOUR, HOUR),
    (None, failures.missing_insights, DAY, DAY),
    (None, failures.set_aside_insights, HOUR, HOUR),
    (None, failures.dropped_quotes, DAY, DAY),
)


def version_table(version: ModelVersion) -> tuple[Row, ...]:
    return (
        (version, partial(speed, version), HOUR, HOUR),
        (version, partial(score_queue, version), HOUR, HOUR),
        (version, partial(failures.set_aside, version), HOUR, HOUR),
        (version, partial(scores, version), DAY, SCORES_OVER),
        (version, partial(outcomes, version), DAY, OUTCOMES_OVER),
    )
