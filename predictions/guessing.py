"""A rep guesses, and later guesses are held against the scores that were shown thereafter."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from calls.models import Call, User
from calls.refusal import Refusal
from predictions import intervals
from predictions.guesses import LIKELIHOODS, Guess, awaiting_guess
from predictions.intervals import Estimate
from predictions.models import Prediction


class GuessRefused(Refusal):
    """A guess that is not asked for (any more), or is none of those that can be made."""

    code = "guess_refused"


def guess(call: Call, probability: float | None, *, by: User) -> Guess:
    """Keeps the guess; None: the person wants the score without one. A second one changes nothing."""
    if probability is not None and probability not in LIKELIHOODS:
        raise GuessRefused("That is none of the answers.", hint="Choose one of the buttons.")
    known = Guess.objects.filter(call=call, person=by).first()
    if known is not None:
        return known
    if not awaiting_guess(by).filter(pk=call.pk).exists():
        raise GuessRefused("No guess is asked for this call.")
    shown = Prediction.objects.shown_of(call).first()
    said = {"probability": probability, "prediction": shown}
    return Guess.objects.get_or_create(call=call, person=by, defaults=said)[0]


@dataclass(frozen=True)
class Comparison:
    """Guesses beside scores on the same calls, by mean squared distance from the outcome (Brier): lower is better."""

    name: str
    count: int
    won: float  # share
    guessed: float
    scored: float
    always: float  # of whoever always says the share that was won
    gap: Estimate | None  # guesses' Brier less that of the scores, call by call
    guess_closer: int
    score_closer: int


def comparison(name: str, guesses: Sequence[Guess]) -> Comparison | None:
    """Of settled guesses; None of none."""
    if not guesses:
        return None
    won = fmean(one.won for one in guesses)
    guessed = [one.miss(one.probability) for one in guesses]
    scored = [one.miss(one.prediction.probability) for one in guesses]
    gaps = [mine**2 - its**2 for mine, its in zip(guessed, scored, strict=True)]
    return Comparison(
        name=name,
        count=len(guesses),
        won=won,
        guessed=fmean(miss**2 for miss in guessed),
        scored=fmean(miss**2 for miss in scored),
        always=won * (1 - won),
        gap=intervals.mean(fmean(gaps), stdev(gaps) if len(gaps) > 1 else None, len(gaps)),
        guess_closer=sum(one.closer == "guess" for one in guesses),
        score_closer=sum(one.closer == "score" for one in guesses),
    )
