"""What people say to each other of a turn, and whom it was told. A turn has one thread: who comments there replies."""

from typing import TYPE_CHECKING, Self
from uuid import uuid4

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from calls.mentions import pieces
from calls.people import User

if TYPE_CHECKING:
    from calls.models import Call, Turn

LONGEST_COMMENT = 2000


class CommentQuerySet(models.QuerySet["Comment"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(turn__call__in=visible_calls(user))

    def of_call(self, call: "Call") -> Self:
        """In the order of the call, the oldest of a thread first."""
        return self.filter(turn__call=call).select_related("author").order_by("turn__index", "created_at", "pk")

    def at(self, turn: "Turn") -> Self:
        return self.filter(turn=turn).select_related("author").order_by("created_at", "pk")


class Comment(models.Model):
    turn = models.ForeignKey("calls.Turn", models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="comments")
    text = models.TextField(max_length=LONGEST_COMMENT)
    mentions = models.JSONField(default=list, blank=True, help_text="User names in the text of people who were told.")
    key = models.UUIDField(unique=True, default=uuid4, help_text="Made with the form: sent twice, it is said once.")
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.CheckConstraint(name="comment_says_something", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"{self.author} at {self.turn_id}"

    @property
    def pieces(self) -> list[tuple[str, bool]]:
        """The text in parts that name somebody who was told, or do not."""
        return pieces(self.text, self.mentions)


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        """A person's own, of the calls that the person may (still) see."""
        return self.filter(person=user.pk, comment__turn__call__in=visible_calls(user))

    def unread(self) -> Self:
        return self.filter(read_at=None)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def read(self) -> int:
        """Marks them as read; those that were keep the moment."""
        return self.unread().update(read_at=Now())


class Notice(models.Model):
    """That a person is to know of a comment; one for each, however many reasons there are."""

    class Why(models.TextChoices):
        MENTION = "mention"
        REPLY = "reply"
        OWN_CALL = "own call"

    WORDS = {
        Why.MENTION: "{author} mentioned you in a call with {customer}",
        Why.REPLY: "{author} replied to you in a call with {customer}",
        Why.OWN_CALL: "{author} commented on your call with {customer}",
    }

    person = models.ForeignKey(User, models.CASCADE, related_name="notices")
    comment = models.ForeignKey(Comment, models.CASCADE, related_name="notices")
    why = models.CharField(max_length=16, choices=Why)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(name="told_once", fields=["person", "comment"])]
        indexes = [
            models.Index(F("person"), F("created_at").desc(), name="notice_newest"),
            models.Index(fields=["person"], name="notice_unread", condition=Q(read_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.why}"

    @property
    def in_words(self) -> str:
        """Who said something and where, never what."""
        author, call = self.comment.author, self.comment.turn.call
        name = author.get_full_name() or author.username if author else "Somebody"
        return self.WORDS[self.Why(self.why)].format(author=name, customer=call.customer or "a customer")


def visible_calls(user: User) -> "models.QuerySet[Call]":
    from calls.models import Call  # noqa: PLC0415  # that module exports this one's models

    return Call.objects.visible_to(user)
