"""Saving, sharing and deleting views of the list of calls."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from calls.models import Team
from calls.visit import Visit, named_key
from predictions import saved_views
from predictions.saved_views import SavedView, ViewRefused


@login_required
@require_http_methods(["GET", "POST"])
def saved(request: Visit) -> HttpResponse:
    """All views that one can open; a POST saves one and shows it."""
    if request.method == "POST":
        return save(request)
    views = SavedView.objects.visible_to(request.user).in_order(request.user).select_related("owner", "team")
    return render(request, "predictions/saved_views.html", {"views": views})


def save(request: Visit) -> HttpResponse:
    query = QueryDict(request.POST.get("query", ""))
    try:
        view = saved_views.save(request.POST.get("name", ""), query, by=request.user, team=chosen_team(request))
    except ViewRefused as refusal:
        messages.error(request, refusal.in_words)
    else:
        messages.success(request, f"Saved as {view.name}{f', shared with {view.team}' if view.team else ''}.")
    return redirect(f"{reverse('predictions:calls')}?{query.urlencode()}")


def chosen_team(request: Visit) -> Team | None:
    chosen = named_key(request.POST.get("team", ""))
    return None if chosen is None else get_object_or_404(Team, pk=chosen)


@login_required
@require_POST
def delete(request: Visit, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, owner=request.user)
    view.delete()
    messages.success(request, f"Deleted: {view.name}.")
    return redirect("predictions:saved_views")
