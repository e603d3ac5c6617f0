"""What a scorecard asks. A question stays as it was answered: changing one retires it and asks another."""

from collections.abc import Iterable
from typing import Self

import pgtrigger
from django.db import models, transaction
from django.db.models import Count, Exists, OuterRef, Q

from calls.features import STATISTICS
from calls.history import tracked
from calls.models import Call, Team, User

LONGEST_QUESTION = 300
AS_ASKED = ("template_id", "text", "scale", "automatic", "statistic", "at_least", "at_most", "tracker_id", "said_by")


class TemplateQuerySet(models.QuerySet["ScorecardTemplate"]):
    def visible_to(self, user: User) -> Self:
        """Those for everybody, and those of a team that the person belongs to or leads."""
        if user.sees_all:
            return self
        return self.filter(Q(team=None) | Q(team=user.team_id) | Q(team__in=user.seen_teams))

    def editable_by(self, user: User) -> Self:
        """An admin's are all; a manager's those of the teams led."""
        if user.sees_all:
            return self
        return self.filter(team__in=user.seen_teams) if user.leads else self.none()

    def with_counts(self, user: User) -> Self:
        """Annotates how many questions are asked, and how many filled in ones the person may see."""
        from predictions.models import Scorecard  # noqa: PLC0415  # it points at this model

        live, seen = Q(questions__is_retired=False), Q(scorecards__in=Scorecard.objects.visible_to(user))
        asked, filled = Count("questions", filter=live, distinct=True), Count("scorecards", filter=seen, distinct=True)
        return self.annotate(asked=asked, filled=filled).select_related("team")

    def offered_for(self, call: Call) -> Self:
        """Those that ask something, of everybody or of the call's team."""
        asked = Exists(Question.objects.live().filter(template=OuterRef("pk")))
        return self.filter(asked, Q(team=None) | Q(team=call.team_id), is_retired=False)


@tracked(model_name="ScorecardTemplateEvent")
class ScorecardTemplate(models.Model):
    name = models.CharField(max_length=100)
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="scorecard_templates", help_text="Empty: everybody."
    )
    is_retired = models.BooleanField(default=False, help_text="No longer offered; what was filled in stays.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TemplateQuerySet.as_manager()

    class Meta:
        ordering = ["is_retired", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["name", "team"],
                name="one_template_of_a_name",
                condition=Q(is_retired=False),
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def ask(self, wanted: Iterable["Question"]) -> None:
        """Makes the live questions those that are wanted, in that order; what asks the same stays the same row."""
        left = list(self.questions.live())
        for place, question in enumerate(wanted):
            question.template, question.place = self, place
            same = next((each for each in left if each.asks_like(question)), None)
            if same is None:
                question.save(force_insert=True)
            else:
                left.remove(same)
                Question.objects.filter(pk=same.pk).update(place=place)
        gone = Question.objects.filter(pk__in=[question.pk for question in left])
        gone.filter(answers__isnull=True).delete()
        gone.update(is_retired=True)


class QuestionQuerySet(models.QuerySet["Question"]):
    def live(self) -> Self:
        return self.filter(is_retired=False)

    def answered_from_insight(self) -> Self:
        return self.filter(automatic=Question.Automatic.NEXT_STEP)


@tracked(model_name="QuestionEvent")
class Question(models.Model):
    class Scale(models.TextChoices):
        YES_NO = "yes or no", "Yes or no"
        ONE_TO_FIVE = "1 to 5", "1 to 5"
        WORDS = "words", "In words"

    class Automatic(models.TextChoices):
        """What answers, until a person does."""

        NOTHING = "", "A person"
        STATISTIC = "statistic"
        TRACKER = "tracker"
        NEXT_STEP = "next step"

    class Said(models.TextChoices):
        BY_ANYBODY = "", "anybody"
        BY_REP = "rep", "the rep"
        BY_CUSTOMER = "customer", "the customer"

    LOWEST_HIGHEST = {Scale.YES_NO: (0, 1), Scale.ONE_TO_FIVE: (1, 5)}

    template = models.ForeignKey(ScorecardTemplate, models.CASCADE, related_name="questions")
    place = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=LONGEST_QUESTION)
    scale = models.CharField(max_length=16, choices=Scale)
    automatic = models.CharField(max_length=16, choices=Automatic, blank=True)
    statistic = models.CharField(max_length=32, choices=[(name, name) for name in STATISTICS], blank=True)
    at_least = models.FloatField(null=True, blank=True, help_text="Yes from this value of the statistic on.")
    at_most = models.FloatField(null=True, blank=True, help_text="Yes up to this value of the statistic.")
    tracker = models.ForeignKey("predictions.Tracker", models.PROTECT, null=True, blank=True, related_name="+")
    said_by = models.CharField(max_length=16, choices=Said, blank=True)
    is_retired = models.BooleanField(default=False)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["template", "is_retired", "place", "pk"]
        constraints = [
            models.CheckConstraint(
                name="automatic_answers_are_yes_or_no", condition=Q(automatic="") | Q(scale="yes or no")
            ),
            models.CheckConstraint(
                name="statistic_has_a_limit",
                condition=Q(statistic="", at_least=None, at_most=None) & ~Q(automatic="statistic")
                | Q(automatic="statistic") & ~Q(statistic="") & (Q(at_least__isnull=False) | Q(at_most__isnull=False)),
            ),
            models.CheckConstraint(
                name="tracker_is_named",
                condition=Q(automatic="tracker", tracker__isnull=False)
                | ~Q(automatic="tracker") & Q(tracker=None, said_by=""),
            ),
        ]
        triggers = [pgtrigger.Protect(name="asked_as_it_was", operation=pgtrigger.UpdateOf(*AS_ASKED))]

    def __str__(self) -> str:
        return self.text

    def asks_like(self, other: "Question") -> bool:
        return all(getattr(self, name) == getattr(other, name) for name in AS_ASKED)

    def allows(self, value: int) -> bool:
        low, high = self.LOWEST_HIGHEST.get(self.Scale(self.scale), (1, 0))
        return low <= value <= high

    def in_words(self, value: int | None) -> str:
        if value is None:
            return "–"
        return ("No", "Yes")[value] if self.scale == self.Scale.YES_NO else str(value)
