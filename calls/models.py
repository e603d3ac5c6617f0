"""Calls, their turns and their labels. People, customers and comments stand in files of their own, exported here."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Self

import pghistory
import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Now, Upper
from django.db.models.lookups import Exact

from calls.admin_acts import AdminAct
from calls.batches import Batch, BatchRow
from calls.comments import Comment, Notice
from calls.customers import Customer
from calls.disclosures import Disclosure
from calls.drafts import Draft, DraftCall
from calls.erasures import Erasure
from calls.history import tracked
from calls.keyed_requests import KeyedRequest
from calls.mappings import FieldMapping
from calls.people import Team, User
from calls.tokens import Token

__all__ = [
    "AdminAct",
    "Batch",
    "BatchRow",
    "Call",
    "Comment",
    "Customer",
    "Disclosure",
    "Draft",
    "DraftCall",
    "Erasure",
    "FieldMapping",
    "KeyedRequest",
    "Label",
    "Notice",
    "Outcome",
    "Said",
    "Share",
    "Team",
    "Token",
    "Turn",
    "User",
]

NO_CALLS = Q(pk__in=())


class Outcome(models.TextChoices):
    WON = "won"
    LOST = "lost"


class Said(models.TextChoices):
    """What evidence may say: an outcome, or that the call leaves it open."""

    WON = "won"
    LOST = "lost"
    UNCLEAR = "unclear", "Cannot tell"


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, user: User) -> Self:
        """Own calls, calls of the teams that the person's role opens, calls shared by name; everything for admins."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.sees_all:
            return self
        mine = Q(rep=user) | Q(pk__in=Call.shared_with.through.objects.filter(user=user).values("call"))
        return self.filter(mine | Q(team__in=user.seen_teams))

    def counted_for(self, user: User) -> Self:
        """Of those the calls that open the figures of their rep: own ones and the person's teams', none only shared."""
        visible = self.visible_to(user)
        return visible if user.sees_all else visible.filter(Q(rep=user) | Q(team__in=user.seen_teams))

    def ready(self) -> Self:
        """Parsed and kept, scored or not."""
        return self.filter(state__in=(Call.State.READY, Call.State.SCORED))

    def trainable(self, *, verified_only: bool = False) -> Self:
        """Ready calls with an outcome that evidence settles; oldest first."""
        return self.ready().filter(Call.is_settled(verified_only=verified_only)).order_by("started_at", "pk")

    def needing_label(self, doubted: Q = NO_CALLS) -> Self:
        """Ready calls without an outcome, and those whose outcome is `doubted`."""
        open_states = (Call.LabelState.UNLABELLED, Call.LabelState.CONFLICT)
        return self.ready().filter(Q(label_state__in=open_states) | doubted)

    def with_deal_of(self, call: "Call") -> Self:
        """Ready calls with the same customer about the same deal; a call that names no deal may be about any."""
        if call.customer_id is None:
            return self.none()
        same = self.ready().filter(customer=call.customer_id)
        return same.filter(deal__in=("", call.deal)) if call.deal else same

    def awaiting_outcome(self) -> Self:
        """Without an outcome, and the last one with its customer about its deal."""
        this = OuterRef("deal")
        deal = Q(deal="") | Q(deal=this) | Q(Exact(this, Value("")))
        later = Call.objects.ready().filter(deal, customer=OuterRef("customer"), started_at__gt=OuterRef("started_at"))
        return self.ready().filter(~Exists(later), outcome="")

    def before(self, moment: datetime) -> Self:
        return self.filter(started_at__lt=moment)

    def staying(self, keys: Iterable[int]) -> set[int]:
        """Those that are still there, held so that nobody erases them before the transaction ends. Whoever writes rows
        of calls asks this first: all who hold several take them in this order, and before anything else of theirs."""
        rows = self.select_for_update(of=("self",), no_key=True).filter(pk__in=list(keys)).order_by("pk")
        return set(rows.values_list("pk", flat=True))

    def waiting_for_parse(self) -> Self:
        """Received, and nobody holds a lease on the parsing (any more)."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), state=Call.State.RECEIVED)


@tracked(fields=["outcome", "label_state", "rep", "team"], is_erased=True, model_name="CallEvent")
class Call(models.Model):
    class State(models.TextChoices):
        RECEIVED = "received"
        READY = "ready"
        SCORED = "scored"
        REJECTED = "rejected"

    class LabelState(models.TextChoices):
        UNLABELLED = "unlabelled"
        SINGLE = "single"
        VERIFIED = "verified"
        CONFLICT = "conflict"
        UNCLEAR = "unclear"

    source = models.CharField(max_length=100)
    external_id = models.CharField(max_length=200)
    content_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State, default=State.RECEIVED)
    reason = models.TextField(blank=True, help_text="Why the call was rejected, in the terms of the file.")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    spool_name = models.CharField(max_length=200, blank=True, help_text="The encrypted upload, until it is parsed.")
    file_name = models.CharField(max_length=200, blank=True)

    started_at = models.DateTimeField()
    rep = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="calls")
    rep_name = models.CharField(max_length=150, blank=True, help_text="The rep as delivered, known to us or not.")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="calls")
    shared_with = models.ManyToManyField(User, blank=True, related_name="shared_calls")
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="calls")
    customer_metadata = models.JSONField(
        default=dict, blank=True, help_text="The customer's columns and metadata as delivered with this call; frozen."
    )
    deal = models.CharField(max_length=200, blank=True, db_index=True)

    language = models.CharField(max_length=8, blank=True)
    duration = models.FloatField(null=True, blank=True, help_text="Seconds.")
    turn_count = models.PositiveIntegerField(default=0)
    word_count = models.PositiveIntegerField(default=0)
    statistics = models.JSONField(default=dict, blank=True, help_text="Interaction statistics of the whole call.")
    warnings = models.JSONField(default=list, blank=True, help_text='[{"code", "message", "count", "line"}]')
    cleaning_version = models.PositiveSmallIntegerField(default=0)
    redaction_version = models.PositiveSmallIntegerField(default=0)

    outcome = models.CharField(max_length=8, choices=Outcome, blank=True)
    outcome_known_at = models.DateTimeField(null=True, blank=True)
    label_state = models.CharField(max_length=16, choices=LabelState, default=LabelState.UNLABELLED)

    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="call_delivered_once"),
            models.CheckConstraint(
                name="call_outcome_needs_label",
                condition=Q(outcome="", label_state__in=["unlabelled", "conflict", "unclear"])
                | (~Q(outcome="") & Q(label_state__in=["single", "verified"])),
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"]),
            models.Index(fields=["rep", "-started_at"]),
            models.Index(fields=["team", "-started_at"]),
            models.Index(fields=["customer", "started_at"]),
            models.Index(fields=["state"], name="call_waiting", condition=Q(state__in=["received", "ready"])),
            models.Index(fields=["label_state", "started_at"]),
            models.Index(fields=["content_hash"]),
            models.Index(fields=["word_count", "id"]),
            models.Index(Upper("external_id"), name="call_external_id"),
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.external_id}"

    @property
    def is_readable(self) -> bool:
        return self.state in (self.State.READY, self.State.SCORED)

    def readers(self) -> models.QuerySet[User]:
        """The people to whom the call is visible; service accounts read no pages."""
        of_team = Q(role=User.Role.MANAGER) & (Q(team=self.team_id) | Q(teams=self.team_id))
        named = Q(pk=self.rep_id) | Q(shared_calls=self.pk) | Q(role=User.Role.ADMIN) | Q(is_superuser=True)
        people = User.objects.filter(is_active=True).exclude(role=User.Role.INTEGRATION)
        return people.filter(pk__in=User.objects.filter(named | of_team if self.team_id else named).values("pk"))

    @classmethod
    def is_settled(cls, *, verified_only: bool) -> Q:
        """Evidence tells the outcome."""
        state = cls.LabelState
        return Q(label_state__in=[state.VERIFIED] if verified_only else [state.SINGLE, state.VERIFIED])

    def move(self, to: str, *, given: tuple[str, ...], **changes: object) -> bool:
        """Moves the state by conditional update; False: somebody else was first."""
        moved = Call.objects.filter(pk=self.pk, state__in=given).update(state=to, **changes)
        if moved:
            self.refresh_from_db()
        return bool(moved)


@pghistory.track(
    pghistory.InsertEvent("shared"), pghistory.DeleteEvent("no longer shared"), obj_field=None, model_name="ShareEvent"
)
class Share(Call.shared_with.through):  # type: ignore[name-defined]  # made by the field
    """A call that one person more may see; a class of its own so that the sharing has a history, too."""

    class Meta:
        proxy = True


class Turn(models.Model):
    class Role(models.TextChoices):
        REP = "rep"
        CUSTOMER = "customer"
        OTHER = "other"

    call = models.ForeignKey(Call, models.CASCADE, related_name="turns")
    index = models.PositiveIntegerField(help_text="0 for the first turn.")
    speaker = models.CharField(max_length=100)
    role = models.CharField(max_length=16, choices=Role)
    text = models.TextField()
    start = models.FloatField(null=True, blank=True, help_text="Seconds from the start of the call.")
    end = models.FloatField(null=True, blank=True)

    # On the page of a call: what was said of this turn, oldest first, and whether it is shown "for" or "against".
    thread: Sequence[Comment] = ()
    speaks: str = ""

    class Meta:
        ordering = ["call", "index"]
        constraints = [models.UniqueConstraint(fields=["call", "index"], name="turn_once_per_call")]
        indexes = [GinIndex(SearchVector("text", config="simple"), name="turn_text_search")]

    def __str__(self) -> str:
        return f"{self.speaker}: {self.text}"


class LabelQuerySet(models.QuerySet["Label"]):
    def visible_to(self, user: User) -> Self:
        """Evidence of the calls that this person may see, and of the deals of those."""
        if user.sees_all:
            return self
        calls = Call.objects.visible_to(user)
        return self.filter(Q(call__in=calls) | Q(deal__in=calls.exclude(deal="").values("deal")))

    def for_call(self, call: Call) -> Self:
        """Evidence that speaks of this call: its own, and its deal's if that became known after the call started."""
        own = Q(call=call)
        if call.deal:
            own |= Q(deal=call.deal, known_at__gt=call.started_at)
        return self.filter(own).order_by("created_at", "pk")


@tracked(is_erased=True, model_name="LabelEvent")
class Label(models.Model):
    """One piece of evidence about an outcome. Append-only: correcting is adding."""

    class Source(models.TextChoices):
        PERSON = "person"
        CRM = "crm"
        API = "api"
        IMPORT = "import"
        PREDICTION = "prediction"

    call = models.ForeignKey(Call, models.CASCADE, null=True, blank=True, related_name="labels")
    deal = models.CharField(max_length=200, blank=True, db_index=True)
    outcome = models.CharField(max_length=8, choices=Said)
    source = models.CharField(max_length=16, choices=Source)
    origin = models.CharField(max_length=150, help_text="Who or what says so: a user name, a CRM, a file.")
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="labels")
    note = models.TextField(blank=True)
    blind = models.BooleanField(default=False, help_text="Asked for before other people's answers were shown.")
    known_at = models.DateTimeField(help_text="When the outcome became known.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = LabelQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="label_for_call_or_deal",
                condition=(Q(call__isnull=False) & Q(deal="")) | (Q(call__isnull=True) & ~Q(deal="")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="append_only",
                operation=pgtrigger.UpdateOf("call_id", "deal", "outcome", "source", "origin", "known_at", "blind"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.word} by {self.source} {self.origin}"

    @property
    def word(self) -> str:
        """What it says, for people."""
        return Said(self.outcome).label.lower()
