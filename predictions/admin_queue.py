"""The labelling queue in the admin: one call at a time, one key for each answer."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from calls.models import Call, Said
from calls.refusal import Refusal
from calls.visit import named_key
from mltraining.readiness import readiness
from predictions import labelling
from predictions.call_page import shown_prediction

if TYPE_CHECKING:
    from predictions.admin import CallAdmin

SKIPPED = "skipped_in_labelling"  # session key; skipping lasts for the session


def labelling_queue(call_admin: "CallAdmin", request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        answer(request)
        return redirect("admin:calls_call_queue")
    call = labelling.next_call(request.user, request.session.get(SKIPPED, []))  # type: ignore[arg-type]  # staff only
    context: dict[str, Any] = {
        **call_admin.admin_site.each_context(request),
        "title": "Labelling queue",
        "content_title": "Labelling queue",  # what the head of the page shows
        "call": call,
        **labelling.waiting(request.user),  # type: ignore[arg-type]  # staff only
        **readiness(),
    }
    if call is not None:
        context |= {
            "prediction": shown_prediction(call, request.user),  # type: ignore[arg-type]  # staff only
            "is_blind": not labelling.has_answered(request.user, call),  # type: ignore[arg-type]  # staff only
            "turns": call.turns.all(),
            "evidence": labelling.shown_evidence(request.user, call),  # type: ignore[arg-type]  # staff only
            "suspicion": labelling.suspicion_of(call),
        }
    return TemplateResponse(request, "admin/calls/call/queue.html", context)


def answer(request: HttpRequest) -> None:
    said = request.POST.get("answer", "")
    if said == "again":
        request.session[SKIPPED] = []
        return
    visible = Call.objects.visible_to(request.user)  # type: ignore[arg-type]  # staff only
    call = get_object_or_404(visible, pk=named_key(request.POST.get("call", "")))
    if said == "skip":
        request.session[SKIPPED] = [*request.session.get(SKIPPED, []), call.pk]
        return
    try:
        labelling.answer(call, said, by=request.user)  # type: ignore[arg-type]  # staff only
    except Refusal as refusal:
        messages.error(request, refusal.in_words)
    else:
        request.session[SKIPPED] = [*request.session.get(SKIPPED, []), call.pk]
        word = Said(said).label.lower()
        waits = f"You said of {call}: {word}. A second person is asked as well."
        messages.success(request, f"{call}: {word}." if labelling.is_settled(call) else waits)
