"""Uploading: a form, a draft that shows what was read, and keeping or throwing it away."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from calls import drafting
from calls.forms import ReviewForm, UploadForm, first_values
from calls.models import Draft, DraftCall
from calls.refusal import Refusal
from calls.visit import Visit

MOST_SHOWN = 300  # turns, unless all are asked for


@csrf_exempt  # `uploaded` checks the token: that check reads the body, which is to be answered in words if it is huge
@login_required
@require_http_methods(["GET", "POST"])
def upload(request: Visit) -> HttpResponse:
    form = UploadForm(initial=first_values(request.user))
    if request.method == "POST":
        try:
            return uploaded(request)
        except RequestDataTooBig:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            reason = f"At most {limit} are accepted at once. Send fewer files at a time, or split them."
            context = {"form": form, "refused": [{"name": "The upload", "reason": reason}]}
            return render(request, "calls/upload.html", context, status=413)
    drafts = Draft.objects.visible_to(request.user).with_open_calls()
    return render(request, "calls/upload.html", {"form": form, "drafts": drafts})


@csrf_protect
def uploaded(request: Visit) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "calls/upload.html", {"form": form}, status=422)
    begun = drafting.begin(form.deliveries(), by=request.user)
    if begun[0].draft_id is None:
        refused = [{"name": each, "reason": each.reason} for each in begun]
        return render(request, "calls/upload.html", {"form": form, "refused": refused}, status=422)
    return redirect("calls:draft", pk=begun[0].draft_id)


@login_required
@require_safe
def draft(request: Visit, pk: int) -> HttpResponse:
    """A row for each conversation; a single one has its own page, which comes by itself once it is read."""
    found = get_object_or_404(Draft.objects.visible_to(request.user), pk=pk)
    calls = list(found.calls.select_related("call__customer"))
    if len(calls) == 1 and (calls[0].state == DraftCall.State.READ or calls[0].call):
        there = redirect("calls:draft_call", pk=calls[0].pk)
        return HttpResponseClientRedirect(there.url) if request.htmx else there
    context = {
        "draft": found,
        "rows": drafting.beside_kept(calls, request.user),
        "reading": found.reading(calls),
        "open": sum(each.state == DraftCall.State.READ for each in calls),
    }
    return render(request, "calls/_draft.html" if request.htmx else "calls/draft.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft_call(request: Visit, pk: int) -> HttpResponse:
    """What was read of one conversation, to be corrected and kept."""
    found = get_object_or_404(DraftCall.objects.visible_to(request.user).select_related("draft", "call"), pk=pk)
    if found.state == DraftCall.State.KEPT and found.call:
        return redirect("predictions:call", pk=found.call.pk)
    if found.state != DraftCall.State.READ:
        return redirect("calls:draft", pk=found.draft_id)
    form = ReviewForm(found, request.POST if request.method == "POST" else None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            return corrected(request, found, form)
        except Refusal as caught:
            refusal = caught
    context = {
        "draft_call": found,
        "form": form,
        "refusal": refusal,
        "same": drafting.same_as(found, request.user),
        "shown": found.turns if "all" in request.GET else found.turns[:MOST_SHOWN],
        "is_alone": found.draft.calls.count() == 1,
    }
    return render(request, "calls/draft_call.html", context, status=422 if form.errors or refusal else 200)


def corrected(request: Visit, found: DraftCall, form: ReviewForm) -> HttpResponse:
    drafting.correct(found, form.told, form.roles, by=request.user)
    if "keep" not in request.POST:
        messages.success(request, "Corrected. Nothing is kept as a call yet.")
        return redirect("calls:draft_call", pk=found.pk)
    receipt = drafting.keep(found.pk, by=request.user)
    if not receipt.created:
        messages.info(request, "This conversation was here already; nothing was added.")
    if DraftCall.objects.filter(draft=found.draft_id, state=DraftCall.State.READ).exists():
        messages.success(request, f"{found} is kept.")
        return redirect("calls:draft", pk=found.draft_id)
    return redirect("predictions:call", pk=receipt.call.pk)


@login_required
@require_POST
def keep_draft(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(Draft.objects.visible_to(request.user), pk=pk)
    kept = 0
    for each in found.calls.filter(state=DraftCall.State.READ).defer("turns"):
        try:
            kept += drafting.keep(each.pk, by=request.user).created
        except Refusal as refusal:
            messages.error(request, f"{each}: {refusal.in_words}")
    if kept:
        messages.success(request, f"{kept} call{'' if kept == 1 else 's'} kept.")
    return redirect("calls:draft", pk=pk)


@login_required
@require_POST
def discard_draft(request: Visit, pk: int) -> HttpResponse:
    """Calls that were kept of it stay."""
    found = get_object_or_404(Draft.objects.visible_to(request.user), pk=pk)
    drafting.discard(found.calls.all())
    messages.success(request, "The draft is thrown away.")
    return redirect("calls:upload")


@login_required
@require_POST
def discard_draft_call(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(DraftCall.objects.visible_to(request.user), pk=pk)
    drafting.discard(DraftCall.objects.filter(pk=pk))
    messages.success(request, f"Thrown away: {found}.")
    is_left = Draft.objects.filter(pk=found.draft_id).exists()
    return redirect("calls:draft", pk=found.draft_id) if is_left else redirect("calls:upload")
