"""Saying something of a turn: who is named in it is told, and so are those who spoke there and the call's rep."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.comments import LONGEST_COMMENT, Comment, Notice
from calls.mentions import Named, named_in, redacted
from calls.models import Turn, User
from calls.refusal import Refusal


class CommentRefused(Refusal):
    """A comment that cannot be kept."""

    code = "comment_refused"


def say(turn: Turn, text: str, *, by: User, key: UUID) -> Named:
    """Adds a comment, once for each key, and answers who is named in it. CommentRefused if it cannot be kept."""
    named = named_in(text, turn.call.readers())
    kept = kept_text(text, named)
    with transaction.atomic():
        comment, is_new = Comment.objects.get_or_create(
            key=key, defaults={"turn": turn, "author": by, "text": kept, "mentions": named.names}
        )
        if is_new:
            tell(comment, named, others_too=True)
        elif (comment.turn_id, comment.author_id, comment.text) != (turn.pk, by.pk, kept):
            raise CommentRefused("This form has sent another comment before. Open the call again and say it there.")
    return named


def change(comment: Comment, text: str) -> Named:
    """Who is named anew is told; what others were told stays. CommentRefused if it cannot be kept."""
    named = named_in(text, comment.turn.call.readers())
    comment.text, comment.mentions = kept_text(text, named), named.names
    comment.edited_at = timezone.now()
    with transaction.atomic():
        comment.save(update_fields=["text", "mentions", "edited_at"])
        tell(comment, named, others_too=False)
    return named


def kept_text(text: str, named: Named) -> str:
    kept = redacted(text.replace("\0", "").strip(), named.people)
    if not kept:
        raise CommentRefused("A comment needs words.")
    if len(kept) > LONGEST_COMMENT:
        raise CommentRefused(f"At most {LONGEST_COMMENT:,} characters; this has {len(kept):,}.")
    return kept


def tell(comment: Comment, named: Named, *, others_too: bool) -> None:
    """One notice for each person, by the best of the reasons, and mail once it is committed. Nobody is told twice.
    `others_too`: not only those who are named, but also who spoke there and the call's rep."""
    from calls.tasks import mail_notices  # noqa: PLC0415  # the task's module imports what mails

    why: dict[int | None, Notice.Why] = dict.fromkeys(
        (person.pk for person in named.people.values()), Notice.Why.MENTION
    )
    readers = set(comment.turn.call.readers().values_list("pk", flat=True))
    if others_too:
        for author in Comment.objects.at(comment.turn).values_list("author", flat=True):
            why.setdefault(author, Notice.Why.REPLY)
        why.setdefault(comment.turn.call.rep_id, Notice.Why.OWN_CALL)
    notices = [
        Notice(person_id=person, comment=comment, why=reason)
        for person, reason in why.items()
        if person in readers and person != comment.author_id
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    if settings.MAIL_NOTICES:
        mail_notices.delay_on_commit(comment.pk)
