"""The rep's own guess: asked before the score is shown, and compared when the outcome is known."""

from itertools import groupby

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from calls.models import Call
from calls.visit import Visit
from predictions.guesses import Guess
from predictions.guessing import Comparison, GuessRefused, comparison, guess

MOST_COMPARED, MOST_LISTED = 5000, 100


@login_required
@require_POST
def say(request: Visit, pk: int) -> HttpResponse:
    """Keeps the guess, and shows the call with its score."""
    call = get_object_or_404(Call.objects.visible_to(request.user), pk=pk)
    said = request.POST.get("probability", "")
    try:
        guess(call, float(said) if said else None, by=request.user)
    except (GuessRefused, ValueError) as refusal:
        told = refusal.in_words if isinstance(refusal, GuessRefused) else "That is none of the answers."
        messages.error(request, told)
    return redirect("predictions:call", pk=pk)


@login_required
@require_safe
def guesses(request: Visit) -> HttpResponse:
    """The own guesses, and for those who lead a team their reps', beside the scores and the outcomes."""
    seen = Guess.objects.visible_to(request.user)
    settled = seen.settled().select_related("person", "call__customer", "prediction").order_by("-created_at", "-pk")
    compared = list(settled[:MOST_COMPARED])
    context = {
        "all": comparison("All of them", compared),
        "people": by_person(compared),
        "listed": compared[:MOST_LISTED],
        "open": seen.filter(probability__isnull=False, call__outcome="").count(),
    }
    return render(request, "predictions/guesses.html", context)


def by_person(compared: list[Guess]) -> list[Comparison]:
    """One for each person, whoever guessed most first; empty where all are of one."""
    of_each = groupby(sorted(compared, key=lambda one: one.person_id), key=lambda one: one.person)
    found = [comparison(person.get_full_name() or person.username, list(of_one)) for person, of_one in of_each]
    rows = sorted((one for one in found if one), key=lambda one: (-one.count, one.name))
    return rows if len(rows) > 1 else []
