"""Model versions: how good they are, and which one serves."""

import logging
from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from calls.refusal import Refusal
from calls.visit import Visit
from mltraining import version_report
from mltraining.models import ModelVersion
from predictions import preview, promotion
from predictions.model_page import main_numbers, model_page, running_promotion
from predictions.model_thresholds import confusion_at
from predictions.models import Preview
from predictions.seen_report import report_for

log = logging.getLogger(__name__)
MOST_VERSIONS = 50
REPORT_FORMATS = {
    "md": (version_report.in_markdown, "text/markdown; charset=utf-8"),
    "json": (version_report.in_json, "application/json"),
}


@login_required
@require_safe
def models(request: Visit) -> HttpResponse:
    versions = ModelVersion.objects.select_related("run")[:MOST_VERSIONS]
    return render(request, "predictions/models.html", {"versions": main_numbers(versions)})


@login_required
@require_safe
def model(request: Visit, pk: int) -> HttpResponse:
    """With ?threshold= hits and misses at that percent; htmx gets these alone."""
    running = running_promotion(pk)  # before the version: of one that ends meanwhile the version tells
    version = get_object_or_404(ModelVersion.objects.select_related("run"), pk=pk)
    asked = request.GET.get("threshold", "")
    if request.htmx and (moved := confusion_at(version.report, asked)):
        return render(request, "predictions/_hits_at.html", {"version": version, "confusion": moved})
    return render(request, "predictions/model.html", model_page(version, running, request.user, asked))


@login_required
@require_safe
def report(request: Visit, pk: int, format: str) -> HttpResponse:
    """What the visitor may see of it, as a file."""
    if format not in REPORT_FORMATS:
        raise Http404
    written, content_type = REPORT_FORMATS[format]
    version = get_object_or_404(ModelVersion.objects.select_related("run"), pk=pk)
    log.info("User %s takes the report of version %s as %s", request.user.pk, pk, format)
    told = written(version, report_for(request.user, version))
    headers = {
        "Content-Disposition": f'attachment; filename="version-{pk}-report.{format}"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(told, content_type=content_type, headers=headers)


@login_required
@require_safe
def promotion_progress(request: Visit, pk: int) -> HttpResponse:
    """Asked again while vectors are written; then the whole page comes anew."""
    version = get_object_or_404(ModelVersion, pk=pk)
    running = running_promotion(pk)
    if running is None:
        return HttpResponseClientRefresh() if request.htmx else redirect("predictions:model", pk=pk)
    return render(request, "predictions/_promotion.html", {"version": version, "promotion": running})


@login_required
@require_POST
def promote(request: Visit, pk: int) -> HttpResponse:
    reason = request.POST.get("override", "").strip()
    return changed(
        request,
        pk,
        lambda version: promotion.promote(version, request.user, reason),
        "Promotion of version {} started.",
    )


@login_required
@require_POST
def revert(request: Visit, pk: int) -> HttpResponse:
    return changed(
        request,
        pk,
        lambda version: promotion.revert(version, request.user),
        "Version {} gives way to the one before it.",
    )


@login_required
@require_POST
def retire(request: Visit, pk: int) -> HttpResponse:
    return changed(request, pk, lambda version: promotion.retire(version, request.user), "Version {} is retired.")


@login_required
@require_POST
def ask_preview(request: Visit, pk: int) -> HttpResponse:
    return changed(request, pk, preview.ask, "A worker compares version {} with the one that serves.")


@login_required
@require_safe
def preview_progress(request: Visit, pk: int) -> HttpResponse:
    """Asked again while a worker scores the calls; then the whole page comes anew."""
    asked = get_object_or_404(Preview.objects.select_related("version"), version=pk)
    if not asked.is_under_way:
        return HttpResponseClientRefresh() if request.htmx else redirect("predictions:model", pk=pk)
    return render(request, "predictions/_preview_progress.html", {"preview": asked})


def changed(request: Visit, pk: int, change: Callable[[ModelVersion], object], said: str) -> HttpResponse:
    if not request.user.runs_models:
        raise PermissionDenied
    version = get_object_or_404(ModelVersion, pk=pk)
    try:
        change(version)
    except Refusal as refusal:
        messages.error(request, refusal.in_words)
    else:
        messages.success(request, said.format(pk))
    return redirect("predictions:model", pk=pk)
