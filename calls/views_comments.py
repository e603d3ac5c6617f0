"""Comments at the turns of a call."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from calls import commenting
from calls.commenting import CommentRefused
from calls.comments import Comment
from calls.models import Call, Turn, User
from calls.visit import Visit

MOST_PEOPLE = 40


@login_required
@require_http_methods(["GET", "POST"])
def thread(request: Visit, pk: int, index: int) -> HttpResponse:
    """What was said of a turn, with a form to say more; a POST says it."""
    turns = Turn.objects.filter(call__in=Call.objects.visible_to(request.user)).select_related("call__customer")
    turn = get_object_or_404(turns, call=pk, index=index)
    if request.method == "GET":
        return shown(request, turn, is_open="closed" not in request.GET)
    try:
        said = commenting.say(turn, request.POST.get("text", ""), by=request.user, key=key_of(request))
    except CommentRefused as refusal:
        return shown(request, turn, is_open=True, refusal=refusal, text=request.POST.get("text", ""))
    return shown(request, turn, said=said) if request.htmx else redirect(page_of(turn))


def key_of(request: Visit) -> UUID:
    """One that is no key is taken for a new form's: then only a double click can say it twice."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


def shown(request: Visit, turn: Turn, **context: Any) -> HttpResponse:
    context |= {"turn": turn, "call": turn.call, "thread": Comment.objects.at(turn), "key": uuid4()}
    if context.get("is_open"):
        context["people"] = people(turn, request)
    template = "calls/_thread.html" if request.htmx else "calls/thread.html"
    return render(request, template, context, status=422 if "refusal" in context and not request.htmx else 200)


def people(turn: Turn, request: Visit) -> QuerySet[User]:
    """Some of those who can be named; others are named by typing."""
    return turn.call.readers().exclude(pk=request.user.pk).order_by("username")[:MOST_PEOPLE]


def page_of(turn: Turn) -> str:
    return f"{reverse('predictions:call', args=[turn.call_id])}#turn-{turn.index}"


@login_required
@require_safe
def comment(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(Comment.objects.visible_to(request.user).select_related("author", "turn"), pk=pk)
    if request.htmx:
        return render(request, "calls/_comment.html", {"comment": found})
    return redirect(page_of(found.turn))


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: Visit, pk: int) -> HttpResponse:
    """The own comment in a form; a POST keeps it."""
    found = own(request, pk)
    context: dict[str, Any] = {"comment": found, "turn": found.turn, "call": found.turn.call, "text": found.text}
    if request.method == "POST":
        context["text"] = request.POST.get("text", "")
        try:
            said = commenting.change(found, context["text"])
        except CommentRefused as refusal:
            context["refusal"] = refusal
        else:
            if not request.htmx:
                return redirect(page_of(found.turn))
            return render(request, "calls/_comment.html", {"comment": found, "said": said})
    context["people"] = people(found.turn, request)
    return render(request, "calls/_comment_edit.html" if request.htmx else "calls/comment_edit.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: Visit, pk: int) -> HttpResponse:
    """Asks first; a POST deletes."""
    found = own(request, pk)
    if request.method == "GET":
        context = {"comment": found, "turn": found.turn, "call": found.turn.call}
        return render(request, "calls/_comment_delete.html" if request.htmx else "calls/comment_delete.html", context)
    found.delete()
    return shown(request, found.turn) if request.htmx else redirect(page_of(found.turn))


def own(request: Visit, pk: int) -> Comment:
    """Only whoever wrote it may change it, and only while the call can be seen."""
    mine = Comment.objects.visible_to(request.user).filter(author=request.user)
    return get_object_or_404(mine.select_related("author", "turn__call__customer"), pk=pk)
