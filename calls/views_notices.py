"""What a person was told: the list in the header and its page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from calls.comments import Notice
from calls.views_comments import page_of
from calls.visit import Visit

IN_HEADER, ON_PAGE = 8, 100


@login_required
@require_safe
def notices(request: Visit) -> HttpResponse:
    """The newest; an htmx request gets the short list of the header."""
    newest = Notice.objects.visible_to(request.user).newest_first()
    newest = newest.select_related("comment__author", "comment__turn__call__customer")
    if request.htmx:
        return render(request, "calls/_notices.html", {"notices": newest[:IN_HEADER]})
    return render(request, "calls/notices.html", {"notices": newest[:ON_PAGE], "most": ON_PAGE})


@login_required
@require_safe
def notice(request: Visit, pk: int) -> HttpResponse:
    """Leads to the comment's turn; who has followed it has read it."""
    mine = Notice.objects.visible_to(request.user)
    found = get_object_or_404(mine.select_related("comment__turn"), pk=pk)
    mine.filter(pk=pk).read()
    return redirect(page_of(found.comment.turn))


@login_required
@require_POST
def read_all(request: Visit) -> HttpResponse:
    Notice.objects.visible_to(request.user).read()
    return redirect("calls:notices")
