"""What makes each kind of risk true of a call: one function a kind, from what is known of the call to a detail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from calls.models import Call, Turn
from calls.templatetags.readable import probability
from predictions.insights.chain import KIND
from predictions.models import Insight, Prediction, RiskRule, Tracker
from predictions.trackers import hits

FALL = 0.15  # of the probability, from one call to the next
EARLIER_READ = 20  # calls


@dataclass(frozen=True)
class Known:
    """A call with what risks rest on, each part read when a rule first asks for it."""

    call: Call

    @cached_property
    def earlier(self) -> list[Call]:
        """Of the same customer and deal, the last one first."""
        before = Call.objects.with_deal_of(self.call).before(self.call.started_at)
        return list(before.order_by("-started_at", "-pk")[:EARLIER_READ])

    @cached_property
    def insight(self) -> Insight | None:
        return self.call.insights.filter(kind=KIND).first()

    def scores(self, call: Call) -> dict[int, float]:
        """The newest probability by each version."""
        rows = Prediction.objects.filter(call=call, is_partial=False, probability__isnull=False)
        newest = rows.order_by("version_id", "-created_at", "-pk").distinct("version_id")
        found = newest.values_list("version_id", "probability")
        return {version: probability for version, probability in found if probability is not None}


# Answers a detail, which may be empty, where the risk is there; None where it is not, or nobody can tell yet.
Rule = Callable[[Known], str | None]


def no_price(known: Known) -> str | None:
    trackers = list(Tracker.objects.filter(kind=Tracker.Kind.PRICE))
    calls = [known.call, *known.earlier]
    if not any(tracker.phrases for tracker in trackers) or mentions(calls, trackers):
        return None
    return f"In none of {len(calls)} calls so far" if known.earlier else "In the only call so far"


def mentions(calls: Sequence[Call], trackers: Sequence[Tracker]) -> bool:
    turns = Turn.objects.filter(call__in=calls).order_by("call", "index")
    languages = {call.pk: call.language for call in calls}
    said = groupby(turns, key=lambda turn: turn.call_id)
    return any(hits(list(of_call), trackers, language=languages[call]) for call, of_call in said)


def no_next_step(known: Known) -> str | None:
    return "" if known.insight and not known.insight.content.get("next_steps") else None


def silent(known: Known) -> str | None:
    """True of every call whose customer is known; when no other follows, it becomes due."""
    return "" if known.call.customer_id else None


def falling(known: Known) -> str | None:
    """Compares by the newest version that scored both: two versions differ without anything having changed."""
    if not known.earlier:
        return None
    now, then = known.scores(known.call), known.scores(known.earlier[0])
    version = max(now.keys() & then.keys(), default=None)
    if version is None or then[version] - now[version] < FALL:
        return None
    return f"From {probability(then[version])} to {probability(now[version])} since the call before"


RULES: dict[str, Rule] = {
    RiskRule.Kind.NO_PRICE: no_price,
    RiskRule.Kind.NO_NEXT_STEP: no_next_step,
    RiskRule.Kind.SILENT: silent,
    RiskRule.Kind.FALLING: falling,
}


def details(call: Call) -> dict[str, str]:
    """By kind, of those risks that are there."""
    known = Known(call)
    found = {kind: rule(known) for kind, rule in RULES.items()}
    return {kind: detail for kind, detail in found.items() if detail is not None}
