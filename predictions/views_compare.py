"""Two model versions side by side."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from calls.visit import Visit, named_key
from mltraining.models import ModelVersion
from predictions.compare_page import compare_page
from predictions.views_models import MOST_VERSIONS


@login_required
@require_safe
def compare(request: Visit) -> HttpResponse:
    """Without a choice the newest version beside the one that serves, or beside the one before it."""
    newest = list(ModelVersion.objects.defer("report", "call_ids")[:MOST_VERSIONS])
    chosen = [named_key(request.GET.get(name, "")) for name in ("first", "second")]
    first, second = (named or usual for named, usual in zip(chosen, usual_pair(newest), strict=True))
    context = {"versions": newest, "first_pk": first, "second_pk": second}
    if first and second and first != second:
        versions = ModelVersion.objects.select_related("run")
        sides = (get_object_or_404(versions, pk=first), get_object_or_404(versions, pk=second))
        context |= compare_page(*sides, request.user)
    return render(request, "predictions/compare.html", context)


def usual_pair(newest: list[ModelVersion]) -> tuple[int | None, int | None]:
    if len(newest) < 2:
        return None, None
    last, *others = newest
    before = next((version for version in others if version.is_active), others[0])
    return (last.pk, before.pk) if last.is_active else (before.pk, last.pk)
