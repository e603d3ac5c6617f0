"""Exports: a page that says what there is, and files that are written while they are read."""

import logging

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from calls.visit import Visit
from predictions.exports.asked import Asked
from predictions.exports.lines import FORMATS
from predictions.exports.tables import TABLES

log = logging.getLogger(__name__)


@login_required
@require_safe
def export(request: Visit, name: str, format: str) -> HttpResponseBase:
    table, asked = TABLES.get(name), Asked(request.user)
    if table is None or format not in FORMATS:
        raise Http404
    if not table.may_be_read_by(asked):
        raise PermissionDenied
    log.info("%s exports %s as %s", request.user, name, format)
    _, content_type = FORMATS[format]
    file_name = f"salesconv-{name}-{timezone.localdate():%Y-%m-%d}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(table.lines(asked, format), content_type=content_type, headers=headers)
