"""Finds the risks of a call, as often as one likes; and the calls in which nobody has looked yet."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from calls.models import Call
from predictions import insight_attempts
from predictions.insight_attempts import Work
from predictions.models import Insight, InsightAttempt, Prediction, Risk, RiskCheck, RiskRule, Tracker
from predictions.risks.rules import details

PATIENCE = 2  # leases; a fresh score has its insight, and after it this, in the queue
MOST_AT_ONCE = 200


def find(call_id: int) -> bool:
    """Makes the rows say what is true of the call now. May run twice, or twice at once; what was dismissed stays so.

    False: the call is gone, another worker is at it, or it was given up.
    """
    if not insight_attempts.begun(call_id, Work.RISKS):
        return False
    with insight_attempts.noted(insight_attempts.at(call_id, Work.RISKS)):
        look(call_id)
    return True


@transaction.atomic
def look(call_id: int) -> None:
    call = Call.objects.ready().select_for_update(of=("self",), no_key=True).filter(pk=call_id).first()
    insight_attempts.at(call_id, Work.RISKS).delete()
    if call is None:
        return
    known = changes_of_trackers().count()  # before trackers are read: one that is changed meanwhile is not known
    found = details(call)
    rules = {rule.kind: rule for rule in RiskRule.objects.all()}
    Risk.objects.filter(call=call).exclude(rule__kind__in=found).delete()
    rows = [Risk(call=call, rule=rules[kind], detail=detail) for kind, detail in found.items() if kind in rules]
    Risk.objects.bulk_create(rows, update_conflicts=True, unique_fields=["call", "rule"], update_fields=["detail"])
    seen = {"checked_at": Now(), "changes_known": known}  # the moment is the start of the transaction
    RiskCheck.objects.update_or_create(call=call, defaults=seen)


def changes_of_trackers() -> QuerySet[Any]:
    """All that were recorded: each that is committed adds to their number, whichever of two began first."""
    return Tracker.pgh_event_model.objects.all()  # type: ignore[attr-defined]  # made by `tracked`


def overdue(limit: int = MOST_AT_ONCE) -> list[int]:
    """Calls without an outcome that got a score or an insight after anybody last looked, newest first.

    Each is named once in a lease, unless somebody is at it or it was given up.
    """
    patience = timedelta(seconds=settings.LEASE_SECONDS * PATIENCE)
    looked = RiskCheck.objects.filter(call=OuterRef("call"), checked_at__gte=OuterRef("created_at"))
    known = {"call__outcome": "", "created_at__lt": Now() - patience}
    scored = Prediction.objects.filter(~Exists(looked), is_partial=False, **known)
    written = Insight.objects.filter(~Exists(looked), **known)
    resting = InsightAttempt.objects.resting().filter(work=Work.RISKS)
    calls = Call.objects.ready().filter(pk__in=scored.values("call").union(written.values("call")))
    newest = calls.exclude(pk__in=resting.values("call")).order_by("-started_at", "-pk").values_list("pk", flat=True)
    return [pk for pk in newest[:limit] if cache.add(f"risks-overdue:{pk}", 1, settings.LEASE_SECONDS)]
