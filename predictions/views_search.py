"""Passages that mean what was asked, beside the calls in which its very words were said."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.models import Call
from calls.visit import Visit
from mltraining.models import ModelVersion
from predictions.filters import CallFilter, with_scores
from predictions.search import meant, tidy
from predictions.serving import NoActiveModel

MOST_PASSAGES = 8


@login_required
@require_safe
def meaning(request: Visit) -> HttpResponse:
    """Among the calls that the other filters of the list leave; takes as long as a worker needs for the question."""
    others = request.GET.copy()
    words = tidy(str(others.pop("q", [""])[-1]))
    visible = Call.objects.visible_to(request.user)
    scored = with_scores(visible, ModelVersion.objects.active(), request.user)
    narrowed = CallFilter(others, scored, request=request)
    try:
        hits = meant(words, narrowed.qs, MOST_PASSAGES)
    except NoActiveModel:
        hits = []
    context = {"words": words, "hits": hits, "others": others.urlencode()}
    return render(request, "predictions/_meaning.html" if request.htmx else "predictions/meaning.html", context)
