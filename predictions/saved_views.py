"""Filters and order of the list of calls under a name: a person's own, and those shared with the person's teams."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.http import QueryDict

from calls.models import Team, User
from calls.refusal import Refusal
from calls.storable import without_nul

LONGEST_NAME, LONGEST_QUERY = 60, 2000
NOT_KEPT = ("cursor",)  # where one stands in the list, which is no part of what it shows


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> Self:
        """Own ones, and those shared with a team that this person belongs to or leads."""
        return self.filter(Q(owner=user) | Q(team__in=teams_of(user)))

    def in_order(self, user: User) -> Self:
        """The own ones first, by name."""
        is_other = models.Case(models.When(owner=user, then=0), default=1)
        return self.order_by(is_other, "name", "pk")


class SavedView(models.Model):
    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(
        Team, models.CASCADE, null=True, blank=True, related_name="saved_views", help_text="Shared with; empty: nobody."
    )
    name = models.CharField(max_length=LONGEST_NAME)
    query = models.CharField(max_length=LONGEST_QUERY, help_text="As it stands in the address, in a fixed order.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_view_of_a_name", fields=["owner", "name"]),
            models.CheckConstraint(name="view_is_named_and_shows", condition=~Q(name="") & ~Q(query="")),
        ]

    def __str__(self) -> str:
        return self.name


class ViewRefused(Refusal):
    """A view that cannot be saved as it is."""

    code = "view_refused"


def teams_of(user: User) -> models.QuerySet[Team]:
    """With which a person may share: the own team and those led; an admin's are all."""
    if user.sees_all:
        return Team.objects.all()
    return Team.objects.filter(Q(pk=user.team_id or 0) | Q(pk__in=user.seen_teams.values("pk")))


def canonical(query: QueryDict) -> str:
    """What the list shows, whatever the order and the empty fields of the address."""
    kept = QueryDict(mutable=True)
    for key in sorted(query):
        values = sorted(filter(None, map(without_nul, query.getlist(key))))
        if values and key not in NOT_KEPT:
            kept.setlist(key, values)
    return kept.urlencode()


def save(name: str, query: QueryDict, *, by: User, team: Team | None = None) -> SavedView:
    """ViewRefused if it has no name or shows all calls, and if there is one of this name."""
    name, written = without_nul(name).strip(), canonical(query)
    if not name or len(name) > LONGEST_NAME:
        raise ViewRefused("A view needs a name.", hint=f"Up to {LONGEST_NAME} characters.")
    if not written:
        raise ViewRefused("This shows all calls.", hint="Choose filters or an order first.")
    if len(written) > LONGEST_QUERY:
        raise ViewRefused("There are too many filters to keep.", hint="Leave some out.")
    if team is not None and not teams_of(by).filter(pk=team.pk).exists():
        raise ViewRefused("You can share with your own teams only.")
    view, is_new = SavedView.objects.get_or_create(owner=by, name=name, defaults={"query": written, "team": team})
    if not is_new:
        raise ViewRefused(f"You have a view called {name} already.", hint="Choose another name, or delete that one.")
    return view
