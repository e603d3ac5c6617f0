"""The pages of those who lead a team."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.visit import Visit
from mltraining.models import ModelVersion
from predictions import charts
from predictions.risks.listing import counted
from predictions.team.figures import FEWEST_GRADED, calibration, promise, scores_of, volume
from predictions.team.per_rep import COLUMNS, FEWEST, MOST_REPS, leaves_some_out, per_rep
from predictions.team.period import TeamForm
from predictions.team.volume_chart import volume_chart


def for_leaders(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @login_required
    @wraps(view)
    def guarded(request: Visit, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.leads:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@for_leaders
def team(request: Visit) -> HttpResponse:
    """Figures of the teams a manager leads, or of all; an htmx request gets them alone."""
    form = TeamForm(request.GET, request.user)
    now, active = timezone.now(), ModelVersion.objects.active()
    period = form.chosen(now)
    calls = form.calls()
    within = period.of(calls)
    found = scores_of(within)
    calibrated = calibration(found)
    reps = per_rep(within, active, request.user)
    context = {
        "form": form,
        "period": period,
        "active": active,
        "volume": volume(calls, period),
        "chart": volume_chart(calls, period),
        "graded": len(found),
        "promise": promise(found),
        "calibration": calibrated,
        "reliability": calibrated.dots if calibrated else [],
        "quarters_across": charts.ACROSS,
        "quarters_up": charts.UP,
        "risks": counted(calls, now, request.user),
        "fewest_graded": FEWEST_GRADED,
        "reps": reps,
        "is_cut": leaves_some_out(reps),
        "columns": COLUMNS,
        "fewest": FEWEST,
        "most_reps": MOST_REPS,
    }
    is_fragment = request.htmx and not request.htmx.history_restore_request
    return render(request, "predictions/_team.html" if is_fragment else "predictions/team.html", context)
