"""The one page of the sign-in that is ours: the step over to the company's own."""

from allauth.socialaccount.providers.openid_connect.views import login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST


@require_POST
def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Leads on by a page, not by a redirect: our policy lets forms end at our own addresses only."""
    if "process" in request.GET or "process" in request.POST:
        raise BadRequest("Single sign-on is for signing in alone.")  # allauth would connect accounts by it
    response = login(request, provider_id)
    if not isinstance(response, HttpResponseRedirect):
        return response
    return render(request, "socialaccount/leaving.html", {"to": response.url})
