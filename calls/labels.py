"""Evidence about outcomes in, settled outcomes out: recording, resolving, and what still needs a label."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, Count, IntegerChoices, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from calls.models import NO_CALLS, Call, CallQuerySet, Label, Outcome, Said, User
from calls.refusal import Refusal
from calls.signals import label_resolved
from calls.transcripts.redaction import redact

EXPECTED = 'Expected "won", "lost" or "unclear".'
CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST_NOTE = 2000
LONGEST_ORIGIN = 150
ENOUGH_PEOPLE = 2
# Only these settle an outcome; a prediction never does.
SETTLING = (Label.Source.PERSON, Label.Source.CRM, Label.Source.API, Label.Source.IMPORT)


class Need(IntegerChoices):
    """Why a call is in the queue, the most urgent first."""

    CONFLICT = 0
    DOUBTED = 1
    UNLABELLED = 2


class LabelRefused(Refusal):
    """Evidence that cannot be true or cannot be kept; `fields` names why."""

    code = "label_refused"


class Evidence(Protocol):
    """What `resolve` reads of a Label, in the order of arrival."""

    @property
    def deal(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def author_id(self) -> int | None: ...
    @property
    def known_at(self) -> datetime: ...


@dataclass(frozen=True)
class Resolution:
    state: str = Call.LabelState.UNLABELLED
    outcome: str = ""
    known_at: datetime | None = None


def resolve(evidence: Iterable[Evidence], started_at: datetime) -> Resolution:
    """What evidence, oldest first, says of a call that started then.

    Of each independent source only the newest word counts, so a correction replaces what it corrects. A deal's outcome
    speaks of the calls that started before it was known. When all that counts agrees, the outcome is known from the
    earliest of those moments. Two people who agree outweigh systems that had said otherwise before. "Cannot tell" takes
    back what its source had said; where two people say it and nothing settles the outcome, the call is unclear.
    """
    evidence = list(evidence)
    newest: dict[tuple[int | str, bool], Evidence] = {}
    for each in evidence:
        if each.source in SETTLING:
            key = (who_says(each), bool(each.deal))
            newest.pop(key, None)  # so that the order stays that of arrival
            newest[key] = each
    applying = {who_says(e): e for e in newest.values() if not e.deal or e.known_at > started_at}
    telling = {who: word for who, word in applying.items() if word.outcome != Said.UNCLEAR}
    outcomes = {each.outcome for each in telling.values()}
    outcome = outcomes.pop() if len(outcomes) == 1 else corrected(evidence, telling)
    if not outcome:
        return Resolution(unsettled(applying.values(), is_disputed=bool(telling)))
    agreeing = [each for each in telling.values() if each.outcome == outcome]
    state = Call.LabelState.VERIFIED if len(agreeing) > 1 else Call.LabelState.SINGLE
    return Resolution(state, outcome, min(each.known_at for each in agreeing))


def unsettled(words: Iterable[Evidence], *, is_disputed: bool) -> str:
    """The state of a call whose outcome is not settled by the words that count."""
    people = [word for word in words if word.outcome == Said.UNCLEAR and word.source == Label.Source.PERSON]
    if len(people) >= ENOUGH_PEOPLE:
        return Call.LabelState.UNCLEAR
    return Call.LabelState.CONFLICT if is_disputed else Call.LabelState.UNLABELLED


def corrected(evidence: Iterable[Evidence], applying: Mapping[int | str, Evidence]) -> str:
    """What two people or more say, and none denies, since the last system began to say otherwise; empty: nothing.

    A system that only repeats itself, as a nightly transfer does, does not ask for them to say it again.
    """
    people = {who for who, word in applying.items() if word.source == Label.Source.PERSON}
    said = {applying[who].outcome for who in people}
    if len(said) != 1:
        return ""
    outcome = said.pop()
    deniers = {who for who, word in applying.items() if word.outcome != outcome}
    latest: dict[int | str, str] = {}
    agreed: set[int | str] = set()
    for word in evidence:
        who = who_says(word)
        if who in deniers and word.outcome not in (outcome, latest.get(who)):
            agreed.clear()
        elif who in people:
            agreed.add(who)
        latest[who] = word.outcome
    return outcome if len(agreed) >= ENOUGH_PEOPLE else ""


def who_says(evidence: Evidence) -> int | str:
    """Sources are independent when other people or systems speak, not when one speaks through page, API and file."""
    return evidence.author_id or evidence.origin


def record(  # noqa: PLR0913  # one keyword for each column of the evidence
    *,
    outcome: str,
    source: str,
    origin: str,
    call: Call | None = None,
    deal: str = "",
    author: User | None = None,
    known_at: datetime | None = None,
    note: str = "",
    blind: bool = False,
) -> Label:
    """Adds one piece of evidence about a call or about a deal, and settles anew what it speaks of.

    `known_at` is by default now; `blind`: before other people's answers were shown. LabelRefused if it cannot be true;
    nothing is written then.
    """
    label = Label(
        call=call,
        deal=deal,
        outcome=outcome,
        source=source,
        origin=origin[:LONGEST_ORIGIN],
        author=author,
        known_at=known_at or timezone.now(),
        note=note,
        blind=blind,
    )
    return record_all([label])[0]


def record_all(rows: Sequence[Label], *, said_at: Sequence[datetime] = ()) -> list[Label]:
    """The same for many unsaved rows at once: all or none. Every way in passes here, so no note is kept unredacted.

    `said_at`, one for each row, is when it was first recorded: by another installation, whose export comes back here.
    """
    for row in rows:
        tidy(row)
        check(row)
    deals = {row.deal for row in rows if row.deal}
    with transaction.atomic():
        lock_deals(deals)
        made = Label.objects.bulk_create(rows)
        if said_at:
            for label, moment in zip(made, said_at, strict=True):
                label.created_at = moment
            Label.objects.bulk_update(made, ["created_at"], batch_size=500)
        calls = {row.call_id for row in rows if row.call_id}
        refresh(Call.objects.filter(Q(pk__in=calls) | (Q(deal__in=deals) if deals else NO_CALLS)))
    return made


def tidy(label: Label) -> None:
    label.deal = label.deal.strip()
    label.note = redact(label.note.replace("\0", "").strip())
    if timezone.is_naive(label.known_at):
        label.known_at = timezone.make_aware(label.known_at)


def check(label: Label) -> None:
    problems: dict[str, str] = {}
    if label.outcome not in Said.values:
        problems["outcome"] = EXPECTED
    if label.source not in Label.Source.values:
        problems["source"] = f"Expected one of {', '.join(Label.Source.values)}."
    if bool(label.call_id) == bool(label.deal):
        problems["deal"] = "Name either a call or a deal."
    if len(label.deal) > 200 or "\0" in label.deal:
        problems["deal"] = "At most 200 characters."
    if len(label.note) > LONGEST_NOTE:
        problems["note"] = f"At most {LONGEST_NOTE} characters."
    if len(label.origin) > LONGEST_ORIGIN or "\0" in label.origin:
        problems["origin"] = f"At most {LONGEST_ORIGIN} characters."
    if label.known_at > timezone.now() + CLOCKS_DIFFER:
        problems["known_at"] = "This lies in the future; expected when the outcome became known."
    if label.call is not None and label.known_at < label.call.started_at:
        problems["known_at"] = "The outcome cannot be known before the call began."
    if problems:
        raise LabelRefused("The label cannot be accepted.", fields=problems)


def lock_deals(deals: Iterable[str]) -> None:
    """Until the transaction ends nobody else labels these deals or takes in calls of theirs.

    Else a label and a call that arrive at the same moment would each miss the other.
    """
    with connection.cursor() as cursor:
        for deal in sorted(set(deals)):
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [deal])


@transaction.atomic
def refresh(calls: Iterable[Call]) -> list[Call]:
    """Settles calls by all evidence there is now; answers those whose outcome changed, and tells the higher apps."""
    keys = [call.pk for call in calls]
    if not keys:
        return []
    # Locked before the evidence is read: whoever comes second sees what the first one wrote.
    locked = list(Call.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk"))
    own, of_deals = evidence_on(locked)
    changed = []
    for call in locked:
        evidence = sorted([*own[call.pk], *of_deals[call.deal]], key=lambda label: (label.created_at, label.pk))
        if settle(call, resolve(evidence, call.started_at)):
            changed.append(call)
    Call.objects.bulk_update(changed, ["label_state", "outcome", "outcome_known_at"], batch_size=500)
    if changed:
        label_resolved.send(sender=Call, calls=changed)
    return changed


def evidence_on(calls: Sequence[Call]) -> tuple[Mapping[int, list[Label]], Mapping[str, list[Label]]]:
    """Labels by call and by deal."""
    own: dict[int, list[Label]] = defaultdict(list)
    of_deals: dict[str, list[Label]] = defaultdict(list)
    deals = {call.deal for call in calls if call.deal}
    for label in Label.objects.filter(Q(call__in=calls) | Q(deal__in=deals)):
        if label.call_id:
            own[label.call_id].append(label)
        else:
            of_deals[label.deal].append(label)
    return own, of_deals


def settle(call: Call, found: Resolution) -> bool:
    if (call.label_state, call.outcome, call.outcome_known_at) == (found.state, found.outcome, found.known_at):
        return False
    call.label_state, call.outcome, call.outcome_known_at = found.state, found.outcome, found.known_at
    return True


def trainable() -> CallQuerySet:
    """The calls a model may learn from, oldest first."""
    return Call.objects.trainable(verified_only=settings.REQUIRE_VERIFIED_LABELS)


def class_balance(calls: "QuerySet[Call] | None" = None) -> dict[str, int]:
    """How many calls are won, lost, unlabelled, in conflict and unclear."""
    ready = (Call.objects.all() if calls is None else calls).filter(state__in=(Call.State.READY, Call.State.SCORED))
    trained_on = Call.is_settled(verified_only=settings.REQUIRE_VERIFIED_LABELS)
    return ready.order_by().aggregate(
        won=Count("pk", filter=trained_on & Q(outcome=Outcome.WON)),
        lost=Count("pk", filter=trained_on & Q(outcome=Outcome.LOST)),
        unlabelled=Count("pk", filter=Q(label_state=Call.LabelState.UNLABELLED)),
        conflict=Count("pk", filter=Q(label_state=Call.LabelState.CONFLICT)),
        unclear=Count("pk", filter=Q(label_state=Call.LabelState.UNCLEAR)),
    )


def queue(user: User, doubted: Q = NO_CALLS) -> CallQuerySet:
    """The calls this person may see that need a label or, where the outcome is `doubted`, another look: in the order of
    Need (annotated as `need`), then the longest waiting."""
    need = Case(
        When(label_state=Call.LabelState.CONFLICT, then=Value(Need.CONFLICT)),
        When(doubted, then=Value(Need.DOUBTED)),
        default=Value(Need.UNLABELLED),
        output_field=IntegerField(),
    )
    calls = Call.objects.visible_to(user).needing_label(doubted)
    return calls.annotate(need=need).order_by("need", "started_at", "pk")
