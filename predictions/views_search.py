"""Passages that mean what was asked, beside the calls in which its very words were said."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.models import Call
from calls.visit import Visit
from predictions.filters import CallFilter
from predictions.search import meant, tidy
from predictions.serving import NoActiveModel
from predictions.shown_scores import with_scores

MOST_PASSAGES = 8


@login_required
@require_safe
def meaning(request: Visit) -> HttpResponse:
    """Among the calls that the other filters of the list leave; takes as long as a worker needs for the question."""
    others = request.GET.copy()
    words = tidy(str(others.pop("q", [""])[-1]))
    scored = with_scores(Call.objects.visible_to(request.user), request.user)
    narrowed = CallFilter(others, scored, request=request)
    try:
        hits = meant(words, narrowed.qs, MOST_PASSAGES)
    except NoActiveModel:
        hits = []
    context = {"words": words, "hits": hits, "others": others.urlencode()}
    return render(request, "predictions/_meaning.html" if request.htmx else "predictions/meaning.html", context)
