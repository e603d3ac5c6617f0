"""Training runs with their progress."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from calls.refusal import Refusal
from calls.visit import Visit
from mltraining.forecast import next_forecast
from mltraining.models import TrainingRun
from mltraining.readiness import readiness
from mltraining.training import request as request_training

MOST_RUNS = 50


@login_required
@require_http_methods(["GET", "POST"])
def runs(request: Visit) -> HttpResponse:
    refusal = None
    if request.method == "POST":
        if not request.user.runs_models:
            raise PermissionDenied
        try:
            return redirect("mltraining:run", pk=request_training(request.user, {}).pk)
        except Refusal as said:
            refusal = said
    shown = TrainingRun.objects.select_related("version", "requested_by")[:MOST_RUNS]
    ready = readiness()
    context = {"runs": shown, "refusal": refusal, "forecast": next_forecast(ready["counts"]), **ready}
    return render(request, "mltraining/runs.html", context, status=409 if refusal else 200)


@login_required
@require_safe
def run(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(TrainingRun.objects.select_related("version", "requested_by"), pk=pk)
    return render(request, "mltraining/run.html", progress(found))


@login_required
@require_safe
def run_progress(request: Visit, pk: int) -> HttpResponse:
    """The part of the run's page that asks again until the run is finished; then the whole page comes anew."""
    found = get_object_or_404(TrainingRun.objects.select_related("requested_by"), pk=pk)
    if found.is_finished and request.htmx:
        return HttpResponseClientRefresh()
    return render(request, "mltraining/_run_progress.html", progress(found))


def progress(found: TrainingRun) -> dict[str, Any]:
    stages = [stage.value for stage in TrainingRun.Stage]
    reached = stages.index(found.stage) if found.stage in stages else -1
    if found.state == TrainingRun.State.SUCCEEDED:
        reached = len(stages)
    names = [
        (name, "done" if place < reached else "now" if place == reached else "") for place, name in enumerate(stages)
    ]
    return {"run": found, "stages": names, "log": found.log.all()}
