"""Pages that show calls alone: uploading and labelling."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from calls import ingest
from calls.delivery import Delivery, DeliveryTooLarge
from calls.forms import LabelForm, UploadForm, first_values
from calls.labels import record
from calls.models import Call, Label, Said, User
from calls.refusal import Refusal
from calls.visit import Visit


@dataclass(frozen=True)
class Arrival:
    """What became of one file or pasted text."""

    name: str
    call: Call | None = None
    is_new: bool = False
    refusal: Refusal | None = None


@csrf_exempt  # `uploaded` checks the token: that check reads the body, which is to be answered in words if it is huge
@login_required
@require_http_methods(["GET", "POST"])
def upload(request: Visit) -> HttpResponse:
    if request.method == "POST":
        try:
            return uploaded(request)
        except RequestDataTooBig:
            arrivals = [Arrival("The upload", refusal=too_large())]
            return render(request, "calls/upload.html", {"form": empty_form(request), "arrivals": arrivals}, status=413)
    return render(request, "calls/upload.html", {"form": empty_form(request)})


def empty_form(request: Visit) -> UploadForm:
    return UploadForm(initial=first_values(request.user))


def too_large() -> DeliveryTooLarge:
    limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
    return DeliveryTooLarge(f"At most {limit} are accepted at once.", hint="Send fewer files at a time, or split them.")


@csrf_protect
def uploaded(request: Visit) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "calls/upload.html", {"form": form}, status=422)
    arrivals = [received(delivery, request.user) for delivery in form.deliveries()]
    if len(arrivals) == 1 and arrivals[0].call:
        if not arrivals[0].is_new:
            messages.info(request, "This conversation was here already; nothing was added.")
        return redirect("predictions:call", pk=arrivals[0].call.pk)
    kept = any(arrival.call for arrival in arrivals)
    return render(request, "calls/upload.html", {"form": form, "arrivals": arrivals}, status=200 if kept else 422)


def received(delivery: Delivery, user: User) -> Arrival:
    name = delivery.file_name or "The pasted conversation"
    try:
        receipt = ingest.receive(delivery, by=user)
    except Refusal as refusal:
        return Arrival(name, refusal=refusal)
    return Arrival(name, receipt.call, receipt.created)


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
