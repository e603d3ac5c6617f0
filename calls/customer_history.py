"""What was known of a customer at a moment: earlier calls, how they went, and which outcomes were known by then."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from calls.models import Call, Outcome

# Of these statistics of the earlier calls the mean is taken (calls without the number left out).
AVERAGED = ("talk_ratio", "longest_monologue", "patience", "interactivity", "questions_rep", "questions_customer")
HISTORY = (
    "earlier_calls",
    "days_since_last",
    "earlier_won",
    "earlier_lost",
    *(f"earlier_{name}" for name in AVERAGED),
)
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Past:
    """One customer's calls in the order of time, prepared so that any moment is answered by bisection."""

    starts: list[datetime]
    known: dict[str, list[datetime]]  # outcome -> sorted moments from which it counts
    sums: dict[str, list[float]]  # statistic -> sum over the first k calls
    counts: dict[str, list[int]]  # statistic -> how many of the first k calls have it

    def at(self, moment: datetime) -> dict[str, float | None]:
        """The HISTORY at a moment; a call that starts at that very moment is not in it."""
        earlier = bisect_left(self.starts, moment)
        since = (moment - self.starts[earlier - 1]) / timedelta(days=1) if earlier else None
        history: dict[str, float | None] = {"earlier_calls": float(earlier), "days_since_last": since}
        for outcome in Outcome.values:
            history[f"earlier_{outcome}"] = float(bisect_right(self.known[outcome], moment))
        for name in AVERAGED:
            count = self.counts[name][earlier]
            history[f"earlier_{name}"] = self.sums[name][earlier] / count if count else None
        return history


def history(call: Call) -> dict[str, float | None]:
    """The HISTORY of the call's customer as of the start of the call, in one query."""
    return customer_history(call.customer_id, call.started_at)


def customer_history(customer_id: int | None, moment: datetime) -> dict[str, float | None]:
    """The same for a customer at any moment, as a call that is not stored needs it; None: an unknown customer."""
    return pasts([customer_id])[customer_id].at(moment)


def histories(calls: Iterable[Call]) -> dict[int, dict[str, float | None]]:
    """The HISTORY of each call by its key: one query, however many calls."""
    calls = list(calls)
    known = pasts({call.customer_id for call in calls})
    return {call.pk: known[call.customer_id].at(call.started_at) for call in calls}


def pasts(customer_ids: Iterable[int | None]) -> dict[int | None, Past]:
    ids = set(customer_ids)
    rows: dict[int | None, list[tuple]] = defaultdict(list)
    columns = ("customer_id", "started_at", "outcome", "outcome_known_at", "statistics")
    wanted = [each for each in ids if each is not None]
    if wanted:
        calls = Call.objects.ready().filter(customer__in=wanted).order_by("started_at", "pk")
        for customer_id, *row in calls.values_list(*columns):
            rows[customer_id].append(tuple(row))
    return {each: past(rows[each]) for each in ids}


def past(rows: list[tuple]) -> Past:
    """Rows are (started_at, outcome, outcome_known_at, statistics), oldest first."""
    known: dict[str, list[datetime]] = {outcome: [] for outcome in Outcome.values}
    for started_at, outcome, known_at, _ in rows:
        if outcome and known_at:
            # Whatever the evidence claims, no call's outcome is known to the call itself.
            known[outcome].append(max(known_at, started_at + INSTANT))
    values = {name: [statistics.get(name) for *_, statistics in rows] for name in AVERAGED}
    return Past(
        starts=[started_at for started_at, *_ in rows],
        known={outcome: sorted(moments) for outcome, moments in known.items()},
        sums={name: list(accumulate((v or 0.0 for v in values[name]), initial=0.0)) for name in AVERAGED},
        counts={name: list(accumulate((v is not None for v in values[name]), initial=0)) for name in AVERAGED},
    )
