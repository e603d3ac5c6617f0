"""The label panel of a call's page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from calls.forms import LabelForm
from calls.labels import record
from calls.models import Call, Label, Said
from calls.refusal import Refusal
from calls.visit import Visit


@login_required
@require_http_methods(["GET", "POST"])
def labels(request: Visit, pk: int) -> HttpResponse:
    """The label panel of a call page; a POST adds evidence."""
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    context: dict[str, Any] = {}
    if request.method == "POST":
        context = labelled(request, call)
        if not request.htmx:
            messages.add_message(request, *context["said"])
            return redirect("predictions:call", pk=pk)
    return render(request, "calls/_labels.html", {**label_panel(call), **context})


def labelled(request: Visit, call: Call) -> dict[str, Any]:
    """Adds the person's evidence; says what became of it."""
    if not request.user.labels_calls:
        raise PermissionDenied
    form = LabelForm(request.POST)
    if not form.is_valid():
        return {
            "said": (messages.ERROR, "Choose won, lost or cannot tell; a day is written like 2026-03-31."),
            "is_refused": True,
        }
    try:
        record(
            call=call,
            outcome=form.cleaned_data["outcome"],
            source=Label.Source.PERSON,
            origin=request.user.username,
            author=request.user,
            note=form.cleaned_data["note"],
            known_at=form.known_at,
        )
    except Refusal as refusal:
        return {"said": (messages.ERROR, refusal.in_words), "is_refused": True}
    call.refresh_from_db()
    return {"said": (messages.SUCCESS, f"Recorded: {Said(form.cleaned_data['outcome']).label.lower()}.")}


def label_panel(call: Call) -> dict[str, Any]:
    evidence = Label.objects.for_call(call).select_related("author")
    return {"call": call, "evidence": evidence, "today": timezone.localdate()}
