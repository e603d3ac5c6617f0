"""Asking calls, drafting a mail, and a brief before the next call: asked for here, made by a worker."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls.models import Call, Customer
from calls.visit import Visit
from predictions.insights import jobs
from predictions.models import InsightJob

MOST_LISTED = 10
Kind = InsightJob.Kind


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Visit) -> HttpResponse:
    """A question over all calls that the person may see."""
    if request.method == "POST":
        return asked(request, Kind.ASK, question=request.POST.get("question", ""))
    own = InsightJob.objects.visible_to(request.user).filter(kind=Kind.ASK, call=None)
    return render(request, "predictions/ask.html", {"jobs": own[:MOST_LISTED]})


@login_required
@require_POST
def ask_call(request: Visit, pk: int) -> HttpResponse:
    """A question over one call, or a mail after it."""
    call = get_object_or_404(Call.objects.visible_to(request.user).ready(), pk=pk)
    if request.POST.get("kind") == Kind.FOLLOW_UP:
        return asked(request, Kind.FOLLOW_UP, call=call)
    return asked(request, Kind.ASK, call=call, question=request.POST.get("question", ""))


@login_required
@require_POST
def brief(request: Visit, pk: int) -> HttpResponse:
    customer = get_object_or_404(Customer.objects.visible_to(request.user), pk=pk)
    return asked(request, Kind.CALL_BRIEF, customer=customer)


def asked(request: Visit, kind: str, **about: Any) -> HttpResponse:
    try:
        job = jobs.ask(kind, request.user, **about)
    except jobs.JobRefused as refusal:
        if request.htmx:
            return render(request, "predictions/_job_refused.html", {"refusal": refusal})
        messages.error(request, refusal.in_words)
        return redirect(*page_of(**about))
    if request.htmx:
        return render(request, "predictions/_job.html", shown(job))
    return redirect("predictions:insight_job", pk=job.pk)


def page_of(
    call: Call | None = None, customer: Customer | None = None, question: str = ""
) -> tuple[str, int] | tuple[str]:
    """Where it was asked, as `redirect` takes it."""
    if call:
        return "predictions:call", call.pk
    return ("predictions:customer", customer.pk) if customer else ("predictions:ask",)


@login_required
@require_safe
def insight_job(request: Visit, pk: int) -> HttpResponse:
    """Asked again and again by a page that waits for it."""
    job = get_object_or_404(InsightJob.objects.visible_to(request.user).select_related("call", "customer"), pk=pk)
    return render(request, "predictions/_job.html" if request.htmx else "predictions/job.html", shown(job))


def shown(job: InsightJob) -> dict[str, Any]:
    calls = {call.pk: call for call in job.calls.select_related("customer")}
    return {
        "job": job,
        "quotes": cited(job.content.get("quotes"), calls),
        "points": [
            (title, [(point, cited(point["quotes"], calls)) for point in found])
            for key, title in TITLES.items()
            if (found := job.content.get(key))
        ],
    }


TITLES = {
    "needs": "What they need",
    "objections": "What they held against it",
    "promised": "What was promised",
    "ask_about": "To clear up",
    "points": "The mail rests on",
    "next_steps": "Next steps in it",
}


def cited(quotes: list[dict[str, Any]] | None, calls: dict[int, Call]) -> list[dict[str, Any]]:
    return [quote | {"of": calls[quote["call"]]} for quote in quotes or [] if quote["call"] in calls]
