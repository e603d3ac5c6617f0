"""What a rep thinks of an own call before its score is shown, where the team asks for it."""

from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from calls.models import Call, User

# What a guess can be, with the words of the button.
LIKELIHOODS = {0.1: "Hardly", 0.3: "Rather not", 0.5: "Even", 0.7: "Rather yes", 0.9: "Nearly sure"}


class GuessQuerySet(models.QuerySet["Guess"]):
    def visible_to(self, user: User) -> Self:
        """The own, and those about calls of the teams that this person leads; of calls that can be seen."""
        mine = self.filter(call__in=Call.objects.visible_to(user))
        return mine if user.sees_all else mine.filter(Q(person=user) | Q(call__team__in=user.seen_teams))

    def settled(self) -> Self:
        """Said, not declined, before the outcome was known, and there was a score to hold it against."""
        known = self.filter(probability__isnull=False, prediction__probability__isnull=False)
        return known.exclude(call__outcome="").filter(created_at__lt=F("call__outcome_known_at"))


class Guess(models.Model):
    """One rep's guess about one call, and the score that was shown thereafter; never changed."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="guesses")
    person = models.ForeignKey(User, models.CASCADE, related_name="guesses")
    probability = models.FloatField(null=True, blank=True, help_text="Null: wanted to see the score without guessing.")
    prediction = models.ForeignKey("predictions.Prediction", models.CASCADE, related_name="guesses")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = GuessQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="guessed_once", fields=["call", "person"]),
            models.CheckConstraint(
                name="guess_is_no_certainty",
                condition=Q(probability=None) | Q(probability__gt=0, probability__lt=1),
            ),
        ]
        triggers = [pgtrigger.Protect(name="guess_never_changed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.person} of {self.call}: {self.probability}"

    # Of a settled guess:

    @property
    def won(self) -> bool:
        return self.call.outcome == "won"

    def miss(self, probability: float | None) -> float:
        """How far that was from what became of the call, 0 to 1."""
        assert probability is not None  # `settled` keeps no others
        return abs(probability - self.won)

    @property
    def closer(self) -> str:
        """Which came closer; empty where both were as far off."""
        gap = self.miss(self.probability) - self.miss(self.prediction.probability)
        return "score" if gap > 0 else "guess" if gap < 0 else ""


def awaiting_guess(user: User) -> models.QuerySet[Call]:
    """The person's own scored calls without an outcome, since the team began to ask, of which nothing was said yet.

    What tells anything of their scores leaves them out by `revealed_to(user)` of its own queryset.
    """
    since = user.team.guesses_since if user.team else None
    if since is None:
        return Call.objects.none()
    said = Guess.objects.filter(person=user).values("call")
    own = Call.objects.filter(rep=user, state=Call.State.SCORED, outcome="", created_at__gte=since)
    return own.exclude(pk__in=said)
