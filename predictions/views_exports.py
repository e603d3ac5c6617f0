"""Exports: a page that says what there is, and files that are written while they are read."""

import logging

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.models import Call, User
from calls.visit import Visit
from predictions.exports import progress
from predictions.exports.asked import Asked, end_of, possible, start_of
from predictions.exports.lines import FORMATS
from predictions.exports.tables import TABLES, Table, readable_by

log = logging.getLogger(__name__)
MOST_LOOKS = 20  # for an export that was asked for and has not begun


def day_field(label: str) -> forms.DateField:
    widget = forms.DateInput({"type": "date"})
    return forms.DateField(label=label, required=False, widget=widget, validators=[possible])


class PeriodForm(forms.Form):
    since, until = day_field("From"), day_field("To")

    def asked(self, user: User) -> Asked:
        """Of both days the whole; a day that is none narrows nothing."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return Asked(user, start_of(since) if since else None, end_of(until) if until else None)


@login_required
@require_safe
def exports(request: Visit) -> HttpResponse:
    form = PeriodForm(request.GET)
    context = {
        "form": form,
        "tables": readable_by(Asked(request.user)),
        "has_calls": Call.objects.visible_to(request.user).exists(),
    }
    return render(request, "predictions/exports.html", context, status=200 if form.is_valid() else 422)


@login_required
@require_safe
def export(request: Visit, name: str, format: str) -> HttpResponseBase:
    table = allowed(request, name)
    if format not in FORMATS:
        raise Http404
    form = PeriodForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('predictions:exports')}?{request.GET.urlencode()}")
    if request.method == "GET" and not progress.begin(request.user, name):
        return refused(request)
    log.info("User %s exports %s as %s", request.user.pk, name, format)
    return file_of(table, form.asked(request.user), request.user, format)


def refused(request: Visit) -> HttpResponse:
    """One at a time, so that nobody's downloads leave others waiting for a page."""
    running = TABLES.get(progress.under_way(request.user))
    said = f"Your export “{running.title}”" if running else "Another export of yours"
    messages.error(request, f"{said} is still being downloaded. Please ask for this one when it is done.")
    return redirect(f"{reverse('predictions:exports')}?{request.GET.urlencode()}")


def file_of(table: Table, asked: Asked, user: User, format: str) -> StreamingHttpResponse:
    rows = progress.noted(table.rows_for(asked, format), table.count(asked), user, table.name)
    _, content_type = FORMATS[format]
    file_name = f"salesconv-{table.name}-{timezone.localdate():%Y-%m-%d}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(table.lines(rows, format), content_type=content_type, headers=headers)


@login_required
@require_safe
def export_progress(request: Visit, name: str) -> HttpResponse:
    """The line below an export, asked again and again from the click on."""
    table, looked = allowed(request, name), request.GET.get("looked", "")
    context = {"table": table, "progress": progress.of(request.user, name), "looked": 1, "may_look": True}
    if context["progress"] is None:
        looks = int(looked) if looked.isdecimal() and len(looked) < 4 else 0
        context |= {"looked": looks + 1, "may_look": looks < MOST_LOOKS}
    return render(request, "predictions/_export_progress.html", context)


def allowed(request: Visit, name: str) -> Table:
    table = TABLES.get(name)
    if table is None:
        raise Http404
    if not table.may_be_read_by(Asked(request.user)):
        raise PermissionDenied
    return table
