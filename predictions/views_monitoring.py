"""How the active version fares: numbers over time, and the alerts that are open."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.visit import Visit
from mltraining.models import ModelVersion
from predictions.models import Alert, MetricPoint
from predictions.series import Series, series

SHOWN = timedelta(days=90)
MOST_POINTS = 120  # of one number; more would be closer than two pixels
MOST_CLOSED = 10
ASKED, ASKED_SECONDS = "first-watch", 60

GROUPS = {
    "Right about what happened": ("quality_",),
    "Scores": ("score_mean", "score_spread", "no_evidence_share", "predictions"),
    "Moved from what it learned from": ("score_psi", "score_ks", "feature_psi", "centroid_distance"),
    "Work": ("",),  # whatever no group before took
}


@login_required
@require_safe
def monitoring(request: Visit) -> HttpResponse:
    active, now = ModelVersion.objects.active(), timezone.now()
    found = series(newest_points(active, now), now)
    if not MetricPoint.objects.filter(version=active).exists():
        measure_soon()
    context = {
        "active": active,
        "groups": list(grouped(found)),
        "unjudged": sum(1 for one in found if one.lacks),
        "open_alerts": Alert.objects.filter(closed_at=None).select_related("version"),
        "closed_alerts": Alert.objects.exclude(closed_at=None).select_related("version")[:MOST_CLOSED],
        "days": SHOWN.days,
    }
    return render(request, "predictions/monitoring.html", context)


def measure_soon() -> None:
    """The first numbers of an installation or a version need not wait for the next beat."""
    from predictions.tasks import watch  # noqa: PLC0415  # as everywhere: a web process loads tasks when it needs one

    if cache.add(ASKED, True, ASKED_SECONDS):
        watch.delay_on_commit()


def newest_points(active: ModelVersion | None, now: datetime) -> QuerySet[MetricPoint]:
    """Of the active version, and those that belong to no version."""
    place = Window(RowNumber(), partition_by=[F("name")], order_by=[F("window_start").desc()])
    recent = MetricPoint.objects.filter(Q(version=active) | Q(version=None), window_start__gte=now - SHOWN)
    return recent.annotate(place=place).filter(place__lte=MOST_POINTS).order_by("name", "window_start")


def grouped(found: list[Series]) -> Iterator[tuple[str, list[Series]]]:
    left = found
    for title, beginnings in GROUPS.items():
        members = [one for one in left if one.name.startswith(beginnings)]
        left = [one for one in left if one not in members]
        if members:
            yield title, members
