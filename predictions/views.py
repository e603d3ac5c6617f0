"""The list of scored calls and the page of one call."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.postgres.search import SearchHeadline, SearchQuery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRefresh

from calls.models import Call
from calls.views import label_panel
from calls.visit import Visit
from mltraining.models import ModelVersion
from predictions.call_page import call_page, is_waiting, shown_prediction
from predictions.changes import add_changes
from predictions.filters import CallFilter, turns_with
from predictions.paging import ORDERS, Page, page
from predictions.saved_views import SavedView, canonical, teams_of
from predictions.shown_scores import with_scores

MOST_COUNTED = 1_000  # counting more takes longer than anybody waits, and nobody reads that far
HIT_START, HIT_END = "\x02", "\x03"  # cannot be in a stored transcript; the page turns them into marks


@login_required
@require_safe
def calls(request: Visit) -> HttpResponse:
    """The list; an htmx request gets the rows alone."""
    active = ModelVersion.objects.active()
    scored = with_scores(Call.objects.visible_to(request.user), request.user)
    narrowed = CallFilter(request.GET, scored, request=request)
    order = request.GET.get("sort", "")
    full = scored.select_related("customer", "rep", "team")
    shown = page(narrowed.qs, ORDERS.get(order, ORDERS["newest"]), request.GET.get("cursor", ""), of=full)
    add_changes(shown.rows, request.user)
    if words := narrowed.form.cleaned_data.get("q"):
        add_passages(shown, words)
    context: dict[str, Any] = {
        "active": active,
        "filter": narrowed,
        "orders": ORDERS.items(),
        "order": order if order in ORDERS else "newest",
        "page": shown,
        "total": narrowed.qs.order_by().values("pk")[: MOST_COUNTED + 1].count(),
        "most": MOST_COUNTED,
        "words": words,
        "is_bare": not shown.rows and not narrowed.is_narrowed,
        "query": query_without_cursor(request),
        "views": SavedView.objects.visible_to(request.user).in_order(request.user).select_related("owner"),
        "shown": canonical(request.GET),
        "teams": teams_of(request.user),
    }
    is_fragment = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    context["is_fragment"] = is_fragment
    return render(request, "predictions/_calls.html" if is_fragment else "predictions/calls.html", context)


def query_without_cursor(request: Visit) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    return query.urlencode()


def add_passages(shown: Page, words: str) -> None:
    """Gives each call `passage`: the first turn that holds the words, split where a hit begins or ends."""
    query = SearchQuery(words, config="simple", search_type="websearch")
    headline = SearchHeadline(
        "text", query, config="simple", start_sel=HIT_START, stop_sel=HIT_END, max_words=22, min_words=12
    )
    hits = turns_with(words).filter(call__in=[call.pk for call in shown.rows]).order_by("call_id", "index")
    found = {turn.call_id: turn for turn in hits.distinct("call_id").annotate(headline=headline)}
    for call in shown.rows:
        if turn := found.get(call.pk):
            pieces = turn.headline.replace(HIT_END, HIT_START).split(HIT_START)  # every second one is a hit
            call.passage = {"turn": turn.index, "pieces": list(enumerate(pieces))}


@login_required
@require_safe
def call(request: Visit, pk: int) -> HttpResponse:
    visible = Call.objects.visible_to(request.user).select_related("customer", "rep", "team")
    found = get_object_or_404(visible, pk=pk)
    return render(request, "predictions/call.html", {**call_page(found, request.user), **label_panel(found)})


@login_required
@require_safe
def score(request: Visit, pk: int) -> HttpResponse:
    """Asked again and again by a page that waits; as soon as there is something new, the whole page comes anew."""
    found = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    active = ModelVersion.objects.active()
    if request.htmx and not is_waiting(found, shown_prediction(found, request.user), active):
        return HttpResponseClientRefresh()
    if found.state != request.GET.get("state", found.state):
        return HttpResponseClientRefresh()
    return render(request, "predictions/_waiting.html", {"call": found})
