"""A scorecard of one call by one person, and its answers."""

from typing import Self

from django.db import models
from django.db.models import Avg, Case, Exists, FloatField, OuterRef, Q, Value, When
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from calls.models import Call, User
from predictions.guesses import awaiting_guess
from predictions.scorecards.templates import Question, ScorecardTemplate

LONGEST_NOTE = 2000
# What was said, else what was found, as a share of the best answer; null of words and where nothing is known.
_VALUE = Cast(Coalesce("answers__given", "answers__found"), FloatField())
_SHARE = Case(
    When(answers__question__scale=Question.Scale.YES_NO, then=_VALUE),
    When(answers__question__scale=Question.Scale.ONE_TO_FIVE, then=(_VALUE - Value(1.0)) / Value(4.0)),
    output_field=FloatField(),
)


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def visible_to(self, user: User) -> Self:
        """Of calls that can be seen; a private one is its author's alone, whatever the reader's role."""
        seen = self.filter(Q(is_private=False) | Q(author=user), call__in=Call.objects.visible_to(user))
        return seen.revealed_to(user)

    def revealed_to(self, user: User) -> Self:
        """But for those that answer from the insight of a call of which the person is to guess the score first."""
        from_insight = Q(question__automatic=Question.Automatic.NEXT_STEP, found__isnull=False)
        answered = Exists(Answer.objects.filter(from_insight, scorecard=OuterRef("pk")))
        return self.exclude(answered, call__in=awaiting_guess(user))

    def with_result(self) -> Self:
        """Annotates `result`: the mean of the answers as shares of the best one, 0 to 1; null without any."""
        return self.annotate(result=Avg(_SHARE))


class Scorecard(models.Model):
    template = models.ForeignKey(ScorecardTemplate, models.PROTECT, related_name="scorecards")
    call = models.ForeignKey(Call, models.CASCADE, related_name="scorecards")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="scorecards")
    is_private = models.BooleanField("private", default=False, help_text="Nobody else sees it, admins neither.")
    note = models.TextField(blank=True, max_length=LONGEST_NOTE)
    created_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(default=timezone.now)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="one_scorecard_a_person", fields=["template", "call", "author"]),
        ]

    def __str__(self) -> str:
        return f"{self.template} of {self.call}"


class Answer(models.Model):
    """`found` is what the product answers and `given` what a person says, which counts where it is there."""

    scorecard = models.ForeignKey(Scorecard, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    found = models.PositiveSmallIntegerField(null=True, blank=True)
    basis = models.CharField(max_length=200, blank=True, help_text="What the found answer rests on.")
    turn = models.PositiveIntegerField(null=True, blank=True, help_text="Where that was said.")
    given = models.PositiveSmallIntegerField(null=True, blank=True)
    words = models.TextField(blank=True, max_length=LONGEST_NOTE)

    class Meta:
        ordering = ["question__place", "pk"]
        constraints = [
            models.UniqueConstraint(name="answered_once", fields=["scorecard", "question"]),
            models.CheckConstraint(
                name="answer_on_the_scale",
                condition=(Q(given=None) | Q(given__lte=5)) & (Q(found=None) | Q(found__lte=1)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.in_words}"

    @property
    def value(self) -> int | None:
        return self.found if self.given is None else self.given

    @property
    def share(self) -> float | None:
        """Of the best answer, 0 to 1; None of words, and where nothing is known."""
        limits = Question.LOWEST_HIGHEST.get(Question.Scale(self.question.scale))
        if self.value is None or limits is None:
            return None
        return (self.value - limits[0]) / (limits[1] - limits[0])

    @property
    def is_overridden(self) -> bool:
        return self.found is not None and self.given is not None and self.given != self.found

    @property
    def in_words(self) -> str:
        return self.words if self.question.scale == Question.Scale.WORDS else self.question.in_words(self.value)

    @property
    def found_in_words(self) -> str:
        return self.question.in_words(self.found)
