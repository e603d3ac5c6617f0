"""Mail about notices, where that is switched on. A mail names who said something and where, never what."""

import logging
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.urls import reverse

from calls.comments import Notice

log = logging.getLogger(__name__)

GIVEN_UP_AFTER = timedelta(days=1)


def due() -> QuerySet[Notice]:
    """Unread notices of the last day that nobody was mailed; none where mail is switched off."""
    if not settings.MAIL_NOTICES:
        return Notice.objects.none()
    unread = Notice.objects.unread().filter(mailed_at=None, created_at__gt=Now() - GIVEN_UP_AFTER)
    return unread.exclude(person__email="").filter(person__is_active=True)


def mail(comment_id: int) -> None:
    """To everybody whom the comment's notices name, and who may still see the call. Safe to run twice: each notice is
    taken by one run only."""
    of_comment = due().filter(comment=comment_id)
    for notice in of_comment.select_related("person", "comment__author", "comment__turn__call__customer"):
        mine = Notice.objects.visible_to(notice.person).filter(pk=notice.pk)
        if mine.filter(mailed_at=None).update(mailed_at=Now()) and not sent(notice):
            mine.update(mailed_at=None)  # the sweep tries again


def sent(notice: Notice) -> bool:
    link = settings.SITE_URL.rstrip("/") + reverse("calls:notice", args=[notice.pk])
    said = " ".join(notice.in_words.split())  # names may hold line breaks, a subject may not
    try:
        send_mail(said, f"{said}\n\n{link}\n", None, [notice.person.email])
    except (SMTPException, OSError):
        log.exception("The notice %s could not be mailed.", notice.pk)
        return False
    return True


def sweep() -> None:
    """Mails what was not mailed: its message was lost, or the mail server was away."""
    from calls.tasks import mail_notices  # noqa: PLC0415  # the task's module imports this one

    waiting = due().filter(created_at__lt=Now() - timedelta(seconds=settings.LEASE_SECONDS))
    for comment_id in waiting.order_by("comment").values_list("comment", flat=True).distinct():
        mail_notices.delay_on_commit(comment_id)
