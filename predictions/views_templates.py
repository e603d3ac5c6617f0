"""Templates of scorecards: what they ask, changed by those who lead; and what was answered."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from calls.visit import Visit
from predictions.models import Scorecard, ScorecardTemplate
from predictions.scorecards.results import by_question, by_rep
from predictions.scorecards.template_forms import QuestionSet, TemplateForm, rows_of
from predictions.views_team import for_leaders

TAKEN = "There is a scorecard of this name already."


@require_http_methods(["GET", "HEAD", "POST"])
@for_leaders
def new(request: Visit) -> HttpResponse:
    return edited(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: Visit, pk: int) -> HttpResponse:
    found = get_object_or_404(ScorecardTemplate.objects.visible_to(request.user).select_related("team"), pk=pk)
    if request.method == "POST" and not may_edit(request, found):
        raise PermissionDenied
    return edited(request, found)


def may_edit(request: Visit, found: ScorecardTemplate) -> bool:
    return ScorecardTemplate.objects.editable_by(request.user).filter(pk=found.pk).exists()


def edited(request: Visit, found: ScorecardTemplate | None) -> HttpResponse:
    form = TemplateForm(request.POST or None, instance=found, user=request.user)
    questions = QuestionSet(request.POST or None, initial=rows_of(found))
    if request.method == "POST" and all((form.is_valid(), questions.is_valid())) and kept(form, questions):
        messages.success(request, "The scorecard is kept. What was answered before stays as it was.")
        return redirect("predictions:template", pk=form.instance.pk)
    context: dict[str, Any] = {"template": found, "form": form, "questions": questions}
    if found is None:
        context |= {"is_editable": True}
    else:
        filled = Scorecard.objects.visible_to(request.user).filter(template=found)
        context |= {
            "is_editable": may_edit(request, found),
            "count": filled.count(),
            "by_question": by_question(filled),
            "by_rep": by_rep(filled),
        }
    refused = form.errors or questions.total_error_count() if request.method == "POST" else False
    return render(request, "predictions/template.html", context, status=422 if refused else 200)


def kept(form: TemplateForm, questions: Any) -> bool:
    try:
        with transaction.atomic():
            form.save().ask(questions.wanted)
    except IntegrityError:
        form.add_error("name", TAKEN)
        return False
    return True


@require_POST
@for_leaders
def retire(request: Visit, pk: int) -> HttpResponse:
    """Or, posted with `again`, offers it once more."""
    found = get_object_or_404(ScorecardTemplate.objects.editable_by(request.user), pk=pk)
    found.is_retired = "again" not in request.POST
    try:
        with transaction.atomic():
            found.save(update_fields=["is_retired"])
    except IntegrityError:
        messages.error(request, TAKEN)
    else:
        said = "no longer offered; what was filled in stays" if found.is_retired else "offered again"
        messages.success(request, f"“{found}” is {said}.")
    return redirect("predictions:template", pk=pk)
