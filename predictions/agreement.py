"""How far two people agree who answered for the same calls without seeing each other's answers: Cohen's kappa.

J. Cohen, "A coefficient of agreement for nominal scales", 1960: of the agreement that chance leaves open, the share
that is reached. 1: they always agree; 0: as often as chance would have it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Count

from calls.models import Label, User
from predictions import intervals

FEWEST_CALLS = 20  # of a pair, before a kappa says anything

Words = tuple[str, str]  # of a call: what the one said, and the other


class Answer(NamedTuple):
    """What a person said first of a call."""

    call: int
    author: str  # user name
    outcome: str
    blind: bool


@dataclass(frozen=True)
class Pair:
    """Two people; `kappa` and its 95 % interval are None of too few calls, or where both gave one answer only."""

    people: Words  # user names, in their order
    calls: int
    agreed: int
    kappa: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_enough(self) -> bool:
        return self.calls >= FEWEST_CALLS


def pairs(user: User) -> list[Pair]:
    """Of all people whose answers on visible calls can be compared; the most calls first."""
    said: dict[Words, list[Words]] = defaultdict(list)
    for _, answers in groupby(first_answers(user), attrgetter("call")):
        for earlier, later in combinations(answers, 2):
            if later.blind:  # the earlier one came before there was anything to see
                first, second = sorted((earlier, later), key=attrgetter("author"))
                said[first.author, second.author].append((first.outcome, second.outcome))
    found = [judged(people, words) for people, words in said.items()]
    return sorted(found, key=lambda pair: (-pair.calls, pair.people))


def first_answers(user: User) -> Iterator[Answer]:
    """What each person said first of each call that two people or more have answered for; call after call, in time."""
    answers = Label.objects.visible_to(user).filter(
        source=Label.Source.PERSON, call__isnull=False, author__isnull=False
    )
    several = answers.order_by().values("call").annotate(people=Count("author", distinct=True)).filter(people__gt=1)
    first = answers.filter(call__in=several.values("call")).order_by("call_id", "author_id", "created_at", "pk")
    found = Label.objects.filter(pk__in=first.distinct("call_id", "author_id").values("pk"))
    rows = found.order_by("call_id", "created_at", "pk").values_list("call_id", "author__username", "outcome", "blind")
    return map(Answer._make, rows.iterator())


def judged(people: Words, words: Sequence[Words]) -> Pair:
    """The interval is Wilson's of the share on which they agree, with the agreement by chance as it was found."""
    calls, agreed = len(words), sum(one == other for one, other in words)
    counts = [Counter(said) for said in zip(*words, strict=True)]
    chance = sum(counts[0][word] * counts[1][word] for word in counts[0]) / calls**2
    share = intervals.share(agreed, calls)
    if calls < FEWEST_CALLS or chance == 1 or share is None or share.low is None or share.high is None:
        return Pair(people, calls, agreed)
    kappa, low, high = ((part - chance) / (1 - chance) for part in (share.value, share.low, share.high))
    return Pair(people, calls, agreed, kappa, low, high)
