"""The entries in the head of every page, and which of them stands for the page that is open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from calls.models import User


def anybody(user: User) -> bool:
    return True


def people(user: User) -> bool:
    return user.role != User.Role.INTEGRATION


def leaders(user: User) -> bool:
    return user.leads


def named(app: str, pages: str) -> tuple[str, ...]:
    return tuple(f"{app}:{page}" for page in pages.split())


SCORECARDS = named("predictions", "scorecards scorecard template new_template")
CALLS = (
    *named("predictions", "calls call meaning find similar statistics call_scorecards customer saved_views"),
    *named("predictions", "ask insight_job guesses exports"),
    *named("calls", "thread edit_comment delete_comment"),
)


@dataclass(frozen=True)
class Entry:
    title: str
    pages: tuple[str, ...]  # names of addresses, the first of which is where it leads
    is_for: Callable[[User], bool] = anybody

    @property
    def page(self) -> str:
        return self.pages[0]


ENTRIES = (
    Entry("Calls", CALLS + SCORECARDS),
    Entry("Live", named("predictions", "live_calls live_call")),
    Entry("Attention", named("predictions", "attention"), people),
    Entry("Team", named("predictions", "team") + SCORECARDS, leaders),
    Entry("Upload", named("calls", "upload draft draft_call"), people),
    Entry("Models", named("predictions", "models model compare")),
    Entry("Training", named("mltraining", "runs run")),
    Entry("Monitoring", named("predictions", "monitoring quality")),
)


def of_visitor(request: HttpRequest) -> dict[str, Any]:
    """Put together when a template asks, so that fragments and the admin pay nothing."""
    return {"navigation": lambda: navigation(request)}


def navigation(request: HttpRequest) -> list[tuple[Entry, bool]]:
    """The visitor's entries, each with whether it stands for this page: where several do, the last."""
    if isinstance(request.user, AnonymousUser):
        return []
    mine = [entry for entry in ENTRIES if entry.is_for(request.user)]
    here = request.resolver_match.view_name if request.resolver_match else ""
    marked = next((entry for entry in reversed(mine) if here in entry.pages), None)
    return [(entry, entry is marked) for entry in mine]
