"""What the page of a call asks for while it is read: search in the conversation, team averages, calls like it."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.models import Call
from calls.visit import Visit
from predictions import finding
from predictions.guesses import awaiting_guess
from predictions.similar import similar_calls
from predictions.team.beside import beside_team


@login_required
@require_safe
def find(request: Visit, pk: int) -> HttpResponse:
    """Where the words stand; without scripts a page that lists the turns."""
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    at = request.GET.get("at", "")
    found = finding.find(
        call, request.GET.get("q", ""), step=request.GET.get("step", ""), at=int(at) if is_index(at) else -1
    )
    if request.htmx:
        return render(request, "predictions/_found.html", {"call": call, "found": found})
    listed = finding.holding(call, found.words)[: finding.MOST_LISTED] if found.words else ()
    context = {"call": call, "found": found, "listed": listed, "most": finding.MOST_LISTED}
    return render(request, "predictions/found.html", context)


def is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


@login_required
@require_safe
def statistics(request: Visit, pk: int) -> HttpResponse:
    call = get_object_or_404(Call.objects.visible_to(request.user).select_related("team"), pk=pk)
    context = {"call": call, "statistics": beside_team(call, request.user, timezone.now()), "is_beside": True}
    return render(request, "predictions/_statistics.html" if request.htmx else "predictions/statistics.html", context)


@login_required
@require_safe
def similar(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    neighbours = sorted(similar_calls(found, request.user), key=lambda one: one.call.outcome, reverse=True)  # won first
    awaits = not neighbours and awaiting_guess(request.user).filter(pk=pk).exists()
    context = {"call": found, "similar": neighbours, "awaits_guess": awaits}
    return render(request, "predictions/_similar.html" if request.htmx else "predictions/similar.html", context)
