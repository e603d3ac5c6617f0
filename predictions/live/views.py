"""Pages of calls while they run."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from calls.refusal import Refusal
from calls.visit import Visit
from predictions.live import arriving
from predictions.live.models import LiveCall
from predictions.live.page import live_page

MOST_LISTED = 200


@login_required
@require_safe
def running(request: Visit) -> HttpResponse:
    """The list, the latest first; it asks for itself again and again."""
    visible = LiveCall.objects.visible_to(request.user).running()
    found = list(visible.select_related("customer", "rep", "team")[:MOST_LISTED])
    for live in found:
        live.is_concealed = live.conceals_score_from(request.user)
    name = (
        "predictions/_live_calls.html" if request.htmx and not request.htmx.boosted else "predictions/live_calls.html"
    )
    return render(request, name, {"calls": found})


@login_required
@require_safe
def live_call(request: Visit, pk: int) -> HttpResponse:
    """An htmx request gets what changes; of a call that has ended the page of the call."""
    visible = LiveCall.objects.visible_to(request.user).select_related("customer", "rep", "team", "version")
    live = get_object_or_404(visible, pk=pk)
    if not live.is_running:
        return HttpResponseClientRefresh() if request.htmx else ended(live)
    name = "predictions/_live_call.html" if request.htmx else "predictions/live_call.html"
    return render(request, name, live_page(live, request.user))


def ended(live: LiveCall) -> HttpResponse:
    return redirect("predictions:call", live.call_id) if live.call_id else redirect("predictions:live_calls")


@login_required
@require_POST
def finish(request: Visit, pk: int) -> HttpResponse:
    live = get_object_or_404(LiveCall.objects.visible_to(request.user), pk=pk)
    try:
        live = arriving.finish(live, request.user, incomplete=True)
    except Refusal as refusal:
        messages.error(request, refusal.in_words)
        return redirect("predictions:live_call", pk)
    if live.state == LiveCall.State.DROPPED:
        messages.info(request, "Nothing was said in that call, so nothing is kept of it.")
    return ended(live)
