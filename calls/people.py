"""People and teams: who they are and which teams' calls they may see."""

import pghistory
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.validators import MinValueValidator
from django.db import models

from calls.history import replaced, tracked


@tracked(model_name="TeamEvent")
class Team(models.Model):
    name = models.CharField(max_length=100, unique=True)
    guesses_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Reps are asked how likely a call of theirs is before they see its score, for calls that came after "
        "this moment. Empty: they are never asked.",
    )
    keep_calls_days = models.PositiveIntegerField(
        "keep calls for days",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Calls that began earlier are erased each night, for good. Empty: they are kept for ever.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="calls_are_kept_a_day", condition=models.Q(keep_calls_days=None) | models.Q(keep_calls_days__gte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name


# What decides what a person may see and do, and that a password was changed; neither passwords nor when somebody came.
@tracked(
    replaced("password", "password changed"),
    fields=["username", "role", "team", "is_active", "is_staff", "is_superuser"],
    model_name="UserEvent",
)
class User(AbstractUser):
    class Role(models.TextChoices):
        REP = "rep"
        MANAGER = "manager"
        ADMIN = "admin"
        INTEGRATION = "integration"

    role = models.CharField(max_length=16, choices=Role, default=Role.REP)
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="members")
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="overseers",
        help_text="The teams a manager leads or a service account belongs to.",
    )

    class Meta(AbstractUser.Meta):
        indexes = [models.Index(fields=["role"])]

    @property
    def sees_all(self) -> bool:
        return self.is_superuser or self.role == self.Role.ADMIN

    @property
    def seen_teams(self) -> models.QuerySet[Team]:
        """Managers and service accounts see their own team and those they lead or belong to besides; reps see none."""
        if self.role not in (self.Role.MANAGER, self.Role.INTEGRATION):
            return Team.objects.none()
        return Team.objects.filter(models.Q(pk=self.team_id) | models.Q(overseers=self))

    @property
    def leads(self) -> bool:
        """Has a team to look after: a manager's own and led ones, an admin's all."""
        return self.sees_all or self.role == self.Role.MANAGER

    @property
    def labels_calls(self) -> bool:
        return self.is_active

    @property
    def runs_models(self) -> bool:
        """May start training and promote, revert or retire a version."""
        return self.sees_all

    @property
    def needs_second_factor(self) -> bool:
        """By MFA_REQUIRED_FOR; whoever sees all counts as an admin."""
        return self.role in settings.MFA_REQUIRED_FOR or (
            self.sees_all and self.Role.ADMIN in settings.MFA_REQUIRED_FOR
        )


@pghistory.track(
    pghistory.InsertEvent("team added"),
    pghistory.DeleteEvent("team taken away"),
    obj_field=None,
    model_name="MembershipEvent",
)
class Membership(User.teams.through):  # type: ignore[name-defined]  # made by the field
    """A further team of one person; a class of its own so that it has a history, too."""

    class Meta:
        proxy = True
