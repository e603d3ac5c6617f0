"""Scorecards of calls: the list, filling one in, and those of one call."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from calls.models import Call, User
from calls.visit import Visit, named_key
from predictions.call_page import turns_with_threads
from predictions.models import Scorecard, ScorecardTemplate
from predictions.paging import SCORECARDS, page
from predictions.scorecards import filling
from predictions.scorecards.filling import ScorecardRefused
from predictions.scorecards.forms import ScorecardForm
from predictions.scorecards.listing import ScorecardFilter
from predictions.views import query_without_cursor


@login_required
@require_safe
def scorecards(request: Visit) -> HttpResponse:
    """What was filled in, the newest first, and the templates that one may use."""
    visible = Scorecard.objects.visible_to(request.user)
    narrowed = ScorecardFilter(request.GET, visible, request=request)
    found = narrowed.qs.with_result().select_related("template", "author", "call__customer", "call__rep", "call__team")
    context = {
        "filter": narrowed,
        "page": page(found, SCORECARDS, request.GET.get("cursor", "")),
        "query": query_without_cursor(request),
        "templates": ScorecardTemplate.objects.visible_to(request.user).with_counts(request.user),
    }
    return render(request, "predictions/scorecards.html", context)


@login_required
@require_safe
def of_call(request: Visit, pk: int) -> HttpResponse:
    """The card of a call's page: its scorecards, and those that could be begun."""
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    visible = Scorecard.objects.visible_to(request.user).filter(call=call)
    offered = ScorecardTemplate.objects.visible_to(request.user).offered_for(call)
    context = {
        "call": call,
        "scorecards": visible.with_result().select_related("template", "author"),
        "offered": offered.exclude(scorecards__in=visible.filter(author=request.user)) if call.is_readable else (),
    }
    return render(request, f"predictions/{'_' if request.htmx else ''}call_scorecards.html", context)


@login_required
@require_POST
def begin(request: Visit, pk: int) -> HttpResponse:
    if request.user.role == User.Role.INTEGRATION:
        raise PermissionDenied
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    template = get_object_or_404(ScorecardTemplate, pk=named_key(request.POST.get("template", "")))
    try:
        begun = filling.begin(template, call, by=request.user)
    except ScorecardRefused as refusal:
        messages.error(request, refusal.in_words)
        return redirect("predictions:call", pk=pk)
    return redirect("predictions:scorecard", pk=begun.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def scorecard(request: Visit, pk: int) -> HttpResponse:
    """The questions beside the conversation; only its author answers them."""
    seen = Scorecard.objects.visible_to(request.user).with_result()
    found = get_object_or_404(seen.select_related("template", "author", "call__customer", "call__rep"), pk=pk)
    if request.method == "POST" and found.author != request.user:
        raise PermissionDenied
    answers = found.answers.select_related("question")
    form = ScorecardForm(request.POST or None, instance=found, answers=answers)
    if request.method == "POST" and saved(request, found, form):
        return redirect("predictions:scorecard", pk=pk)
    context = {
        "scorecard": found,
        "call": found.call,
        "form": form,
        "answers": form.answers,
        "is_own": found.author == request.user,
        "turns": turns_with_threads(found.call),
    }
    return render(request, "predictions/scorecard.html", context, status=422 if form.errors else 200)


def saved(request: Visit, found: Scorecard, form: ScorecardForm) -> bool:
    if not form.is_valid():
        return False
    told = form.cleaned_data
    try:
        filling.save(found, form.said, note=told["note"], is_private=told["is_private"])
    except ScorecardRefused as refusal:
        messages.error(request, refusal.in_words)
        return False
    messages.success(request, "The scorecard is kept.")
    return True


@login_required
@require_POST
def delete(request: Visit, pk: int) -> HttpResponse:
    """Only its author takes a scorecard away; the page has asked."""
    found = get_object_or_404(Scorecard, pk=pk, author=request.user)
    found.delete()
    messages.success(request, f"Your scorecard “{found.template}” is deleted.")
    return redirect("predictions:call", pk=found.call_id)
