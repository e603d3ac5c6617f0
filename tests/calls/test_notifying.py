"""Mail about notices: only where it is wanted, once, and with none of the words."""

from datetime import timedelta
from smtplib import SMTPException
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from calls import commenting, notifying
from calls.models import Notice
from tests import factories


@pytest.fixture
def comment(rep, manager, settings):
    """One that names the manager, where mail is switched on."""
    settings.MAIL_NOTICES, settings.SITE_URL = True, "https://calls.example.com/"
    manager.email = "mona@example.com"
    manager.save()
    call = factories.call(rep=rep, team=rep.team, customer=factories.customer(name="Halden"))
    commenting.say(call.turns.get(index=1), "@mona the secret budget", by=rep, key=uuid4())
    return Notice.objects.get().comment


def test_a_mail_says_who_and_where_but_not_what(comment):
    notifying.mail(comment.pk)
    [letter] = mail.outbox
    assert letter.to == ["mona@example.com"]
    assert letter.subject == "rita mentioned you in a call with Halden"
    assert f"https://calls.example.com/notices/{Notice.objects.get().pk}/" in letter.body
    assert "secret" not in letter.body


def test_a_second_run_and_the_sweep_mail_nothing_again(comment):
    for _ in range(2):
        notifying.mail(comment.pk)
    assert len(mail.outbox) == 1
    assert not notifying.due().exists()


@pytest.mark.parametrize(
    "change",
    [{"read_at": timezone.now()}, {"created_at": timezone.now() - timedelta(days=2)}],
    ids=["read already", "too old"],
)
def test_what_is_no_news_is_not_mailed(comment, change):
    Notice.objects.update(**change)
    notifying.mail(comment.pk)
    assert mail.outbox == []


def test_a_name_of_two_lines_makes_a_subject_of_one(comment):
    customer = comment.turn.call.customer
    customer.name = "Halden\nAG"
    customer.save()
    notifying.mail(comment.pk)
    assert mail.outbox[0].subject.endswith("a call with Halden AG")


def test_whoever_may_not_see_the_call_any_more_gets_no_mail(comment, manager):
    manager.teams.clear()
    notifying.mail(comment.pk)
    assert mail.outbox == []


def test_nothing_is_mailed_where_mail_is_off(comment, settings):
    settings.MAIL_NOTICES = False
    notifying.mail(comment.pk)
    assert mail.outbox == []


def test_a_mail_server_that_fails_is_asked_again_by_the_sweep(
    comment, settings, monkeypatch, django_capture_on_commit_callbacks
):
    def broken(*args: object) -> None:
        raise SMTPException("away")

    with monkeypatch.context() as patched:
        patched.setattr(notifying, "send_mail", broken)
        notifying.mail(comment.pk)
    Notice.objects.update(created_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1))
    asked: list[int] = []
    monkeypatch.setattr("calls.tasks.mail_notices.delay", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        notifying.sweep()
    assert asked == [comment.pk]
    notifying.mail(comment.pk)
    assert len(mail.outbox) == 1
