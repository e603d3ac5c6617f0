"""Calls that need attention, and what is done about them."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from calls.models import Call
from calls.visit import Visit
from mltraining.models import ModelVersion
from predictions.models import Risk, RiskRule
from predictions.paging import ORDERS, page
from predictions.risks.listing import RiskFilter, with_risks
from predictions.shown_scores import with_scores
from predictions.views import query_without_cursor

CHOICES = ("likeliest", "newest", "oldest")


@login_required
@require_safe
def attention(request: Visit) -> HttpResponse:
    """Calls at risk, those most worth saving first; an htmx request gets the rows alone."""
    active, now = ModelVersion.objects.active(), timezone.now()
    visible = Risk.objects.visible_to(request.user)
    is_dismissed = request.GET.get("shown") == "dismissed"
    risks = visible.dismissed(now) if is_dismissed else visible.due(now)
    narrowed = RiskFilter(request.GET, risks, request=request)
    order = request.GET.get("sort", "")
    order = order if order in CHOICES else CHOICES[0]
    calls = with_scores(Call.objects.filter(pk__in=narrowed.qs.values("call")), request.user)
    found = calls.select_related("customer", "rep", "team")
    in_order = replace(ORDERS[order], first=Q())  # so few that to look for them among all others would take longer
    shown = page(found, in_order, request.GET.get("cursor", ""))
    with_risks(shown.rows, narrowed.qs)
    context = {
        "active": active,
        "filter": narrowed,
        "is_dismissed": is_dismissed,
        "orders": [(key, ORDERS[key]) for key in CHOICES],
        "order": order,
        "page": shown,
        "total": calls.count(),
        "rules": RiskRule.objects.filter(is_on=True),
        "query": query_without_cursor(request),
    }
    is_fragment = request.htmx and not request.htmx.boosted and not request.htmx.history_restore_request
    return render(request, "predictions/_attention.html" if is_fragment else "predictions/attention.html", context)


@login_required
@require_POST
def dismiss(request: Visit, pk: int) -> HttpResponse:
    risk = seen_risk(request, pk)
    risk.dismiss(request.user)
    return changed(request, risk, "Dismissed")


@login_required
@require_POST
def restore(request: Visit, pk: int) -> HttpResponse:
    risk = seen_risk(request, pk)
    risk.restore()
    return changed(request, risk, "Back in the list")


def seen_risk(request: Visit, pk: int) -> Risk:
    return get_object_or_404(Risk.objects.visible_to(request.user).select_related("rule", "call"), pk=pk)


def changed(request: Visit, risk: Risk, said: str) -> HttpResponse:
    if request.htmx:
        return render(request, "predictions/_risk.html", {"risk": risk, "has_changed": True})
    messages.success(request, f"{said}: {risk.rule}.")
    return redirect(f"{reverse('predictions:call', args=[risk.call_id])}#risks")
