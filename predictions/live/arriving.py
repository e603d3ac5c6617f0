"""A call is opened, its turns arrive, and it ends as a call like any other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length, Now
from django.utils import timezone

from calls import clock, ingest, parsing
from calls.delivery import LONGEST, ConflictingDelivery, Delivery, DeliveryRefused, DeliveryTooLarge, checked
from calls.intake import Assignment, assign, keep_customers
from calls.models import Call, User
from calls.refusal import Refusal
from calls.transcripts import Speaker
from calls.transcripts.turns import ParseWarning
from predictions.live.models import MISSING_SHOWN, LiveCall, LiveTurn

SENT_AT_ONCE = 1000  # turns
ID_TAKEN = (
    "While this call ran, another conversation came under its source and external id; so it has an id of its own."
)


class LiveCallEnded(Refusal):
    code = "live_call_ended"

    def __init__(self) -> None:
        hint = "Open another one for what is said from now on."
        super().__init__("This call has ended; it takes no more turns.", hint=hint)


class TurnsMissing(Refusal):
    code = "turns_missing"

    def __init__(self, missing: Sequence[int]) -> None:
        hint = 'Send the turns that are missing, or finish with "incomplete": true.'
        shown = ", ".join(map(str, missing)) + (" and more" if len(missing) == MISSING_SHOWN else "")
        super().__init__("Turns are missing before the last one.", hint=hint, fields={"missing": shown})


@dataclass(frozen=True)
class Opened:
    live: LiveCall
    created: bool  # False: it had been opened before


@dataclass(frozen=True)
class Arrival:
    added: int
    repeated: int  # numbers that had come before; what came first stays
    missing: list[int]


def open_call(delivery: Delivery, by: User) -> Opened:
    """A running call without a turn yet, or the one that was opened with this source and external id.

    Raises DeliveryRefused as for a call that is handed in, and ConflictingDelivery where the id is taken.
    """
    delivery = checked(replace(delivery, turns=()))
    assignment = assign(delivery.rep, by)
    key = {"source": delivery.source, "external_id": delivery.external_id or f"live-{uuid4().hex}"}
    with transaction.atomic():
        customers = keep_customers([delivery.customer])
        live, created = LiveCall.objects.get_or_create(
            **key,
            defaults={
                "opened_by": by,
                "rep": assignment.rep,
                "rep_name": assignment.rep_name,
                "team": assignment.team,
                "customer": customers[str(delivery.customer["external_id"])],
                "customer_fields": dict(delivery.customer),
                "deal": delivery.deal,
                "started_at": delivery.started_at or timezone.now(),
            },
        )
        is_seen = created or LiveCall.objects.visible_to(by).filter(pk=live.pk).exists()
        if not is_seen or (created and Call.objects.filter(**key).exists()):
            raise ConflictingDelivery(
                "Another conversation was already delivered with this source and external id.",
                hint="Open the call under an external id of its own, or under another source.",
                fields={"external_id": "Already taken."},
            )
    return Opened(live, created)


@transaction.atomic
def append(live: LiveCall, sent: Sequence[Mapping[str, Any]]) -> Arrival:
    """Cleans, redacts and keeps the turns whose `sequence` is new. Raises LiveCallEnded, or DeliveryRefused."""
    from predictions.tasks import score_live_call  # noqa: PLC0415  # the task's module imports this one

    refuse_numbers(sent)
    live = locked(live)
    if not live.is_running:
        raise LiveCallEnded
    by_number = {turn["sequence"]: turn for turn in reversed(sent)}  # of two alike in one request the first counts
    present = set(live.turns.filter(sequence__in=by_number).values_list("sequence", flat=True))
    new = dict(sorted((number, turn) for number, turn in by_number.items() if number not in present))
    if new:
        known = {its: Speaker(*speaker) for its, speaker in live.speakers.items()}
        turns, speakers = parsing.arrived(list(new.values()), known, live.rep_name)
        LiveTurn.objects.bulk_create(
            LiveTurn(
                live_call=live,
                sequence=number,
                speaker=turn.speaker,
                role=turn.role,
                text=turn.text,
                start=turn.start,
                end=turn.end,
            )
            for number, turn in zip(new, turns, strict=True)
        )
        refuse_too_much(live)
        LiveCall.objects.filter(pk=live.pk).update(speakers=speakers, last_turn_at=Now())
        score_live_call.delay_on_commit(live.pk)
    return Arrival(len(new), len(sent) - len(new), live.missing())


def locked(live: LiveCall) -> LiveCall:
    return LiveCall.objects.select_for_update(no_key=True).get(pk=live.pk)


@transaction.atomic
def finish(live: LiveCall, by: User | None = None, *, incomplete: bool = False) -> LiveCall:
    """Makes the call by the ordinary way in; asked again, nothing more happens. Without a word said it is dropped.

    Raises TurnsMissing, unless it may stay incomplete.
    """
    from predictions.tasks import score_live_call  # noqa: PLC0415  # the task's module imports this one

    live = locked(live)
    if not live.is_running:
        return live
    if not incomplete and (missing := live.missing()):
        raise TurnsMissing(missing)
    live.ended_at = clock.now()
    if turns := list(live.turns.exclude(text="")):
        live.call = call_of(live, turns, live.opened_by or by)
        live.state = LiveCall.State.FINISHED
    else:
        live.state = LiveCall.State.DROPPED
    live.save(update_fields=["state", "call", "ended_at"])
    live.turns.all().delete()
    score_live_call.delay_on_commit(live.pk)
    return live


def call_of(live: LiveCall, turns: Sequence[LiveTurn], by: User | None) -> Call:
    """What was said is kept, come what may: all of it was checked and assigned when it came, and whoever opened the
    call may be gone. Where another conversation has its id by now, it gets one of its own, and says so."""
    prepared = ingest.prepare(as_delivery(live, turns), Assignment(live.rep, live.rep_name, live.team))
    receipt = ingest.admit([prepared], by=by)[0]
    if isinstance(receipt, ConflictingDelivery):
        receipt = ingest.admit([under_an_id_of_its_own(prepared)], by=by)[0]
    if isinstance(receipt, ConflictingDelivery):
        raise receipt
    return receipt.call


def under_an_id_of_its_own(prepared: ingest.Prepared) -> ingest.Prepared:
    conversation, unique = prepared.conversation, f"-{uuid4().hex}"
    external_id = prepared.delivery.external_id[: LONGEST["external_id"] - len(unique)] + unique
    if conversation:
        conversation = replace(conversation, warnings=(*conversation.warnings, ParseWarning("id_taken", ID_TAKEN)))
    delivery = replace(prepared.delivery, external_id=external_id)
    return replace(prepared, delivery=delivery, conversation=conversation)


def as_delivery(live: LiveCall, turns: Sequence[LiveTurn]) -> Delivery:
    columns = ("speaker", "role", "text", "start", "end")
    return Delivery(
        source=live.source,
        external_id=live.external_id,
        started_at=live.started_at,
        rep=live.rep_name,
        deal=live.deal,
        customer=live.customer_fields,
        turns=[{name: getattr(turn, name) for name in columns} for turn in turns],
    )


def refuse_too_much(live: LiveCall) -> None:
    """DeliveryTooLarge where the whole has grown longer than a call that is handed in may be."""
    limit = settings.MAX_UPLOAD_BYTES
    if (live.turns.aggregate(length=Sum(Length("text")))["length"] or 0) > limit:
        message = f"The turns of the call have more than {limit:,} characters together."
        raise DeliveryTooLarge(message, hint="Finish it, and open another one for what is said from now on.")


def refuse_numbers(sent: Sequence[Mapping[str, Any]]) -> None:
    """DeliveryRefused names the turn whose `sequence` is none."""
    limit = settings.MAX_TURNS
    for place, turn in enumerate(sent):
        number = turn.get("sequence")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < limit:
            field = f"turns[{place}].sequence"
            message = f"Expected a whole number from 0, the first turn, to {limit - 1}."
            raise DeliveryRefused("A turn has no place in the call.", fields={field: message})
