"""The page of what is wrong with the data."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from calls.visit import Visit
from predictions.data_quality import data_quality
from predictions.views_team import for_leaders


@require_safe
@for_leaders
def quality(request: Visit) -> HttpResponse:
    return render(request, "predictions/data_quality.html", data_quality(request.user))
