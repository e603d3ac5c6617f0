"""Alerts: which numbers open one, that it opens once, closes when healed, and reaches people."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from predictions import alerts
from predictions.models import Alert, MetricPoint
from predictions.watch import watch
from tests import factories
from tests.predictions import watching
from tests.predictions.webhooks.receiver import answered, dripping, receiving, silent, without_end

pytestmark = pytest.mark.usefixtures("db")
SMTP = "django.core.mail.backends.smtp.EmailBackend"


def point(name: str, value: float, count: int = 1000, *, version=None, age=timedelta()) -> MetricPoint:
    start = timezone.now() - age - timedelta(minutes=30)
    return MetricPoint.objects.create(
        name=name, value=value, count=count, version=version, window_start=start, window_end=start + timedelta(hours=1)
    )


def open_rules() -> set[str]:
    alerts.decide(timezone.now())
    return set(Alert.objects.filter(closed_at=None).values_list("rule", flat=True))


@pytest.mark.parametrize("rule", alerts.RULES, ids=lambda rule: rule.metric)
def test_each_rule_opens_beyond_its_limit_and_not_on_it(rule):
    version = watching.version() if rule.of_version else None
    reading = point(rule.metric, rule.limit, version=version)
    assert open_rules() == set()
    beyond = 0.01 if rule.worse == "above" else -0.01
    MetricPoint.objects.filter(pk=reading.pk).update(value=rule.limit + beyond)
    assert open_rules() == {rule.name}
    assert rule.hint in Alert.objects.get().message


def test_a_number_on_too_few_calls_or_from_long_ago_opens_nothing():
    version = watching.version()
    point("quality_auc", 0.1, count=10, version=version)
    point("score_psi", 3, version=version, age=timedelta(days=2))
    assert open_rules() == set()


def test_an_alert_opens_once_and_closes_when_healed():
    version = watching.version()
    bad = point("score_psi", 3, version=version)
    assert open_rules() == open_rules() == {"scores have moved"}
    MetricPoint.objects.filter(pk=bad.pk).update(value=0)
    assert open_rules() == set()
    assert Alert.objects.get().closed_at


def test_alerts_of_a_version_that_no_longer_serves_are_closed():
    version = watching.version()
    point("score_psi", 3, version=version)
    assert open_rules()
    version.state = "retired"
    version.save()
    assert open_rules() == set()


@pytest.fixture
def hook(settings):
    """Where alerts go: a receiver that answers as it is told."""
    settings.WEBHOOK_ALLOWED_NETWORKS, settings.WEBHOOK_TIMEOUT_SECONDS = ["127.0.0.0/8"], 60.0

    @contextmanager
    def answering(*answers):
        with receiving(*answers) as receiver:
            settings.ALERT_WEBHOOK = receiver.url
            yield receiver

    return answering


@pytest.fixture
def opened(django_capture_on_commit_callbacks):
    """Opens the alert that trainings fail, and tells people."""

    def open_and_tell() -> Alert:
        point("failed_runs", 2, 3)
        with django_capture_on_commit_callbacks(execute=True):
            assert open_rules() == open_rules() == {"training fails"}
        return Alert.objects.get()

    return open_and_tell


def test_opening_writes_one_mail_one_log_line_and_one_request(settings, mailoutbox, caplog, hook, opened):
    settings.ALERT_EMAILS = ["ops@example.com"]
    with hook(answered(204)) as receiver:
        assert opened().untold_by == []
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["ops@example.com"], "salesconv: training fails")
    (got,) = receiver.received
    sent = json.loads(got.body)
    assert (sent["type"], sent["rule"], sent["value"]) == ("alert.opened", "training fails", 2)
    assert got.headers["content-type"] == "application/json"
    assert "2 of 3 training runs" in caplog.text


@pytest.mark.parametrize("answer", [answered(302, Location="/elsewhere"), answered(500), without_end])
def test_a_webhook_that_fails_or_redirects_is_logged_and_not_followed(answer, caplog, hook, opened):
    with hook(answer) as receiver:
        assert opened().untold_by == ["webhook"]
    assert "webhook" in caplog.text
    assert len(receiver.received) == 1


@pytest.mark.parametrize("slow", [silent, dripping])
def test_a_webhook_that_never_comes_to_an_end_is_left(slow, settings, hook, opened):
    with hook(slow):
        settings.WEBHOOK_TIMEOUT_SECONDS = 0.5
        assert opened().untold_by == ["webhook"]


def test_alerts_go_to_no_private_address_that_is_not_allowed(settings, hook, opened):
    with hook() as receiver:
        settings.WEBHOOK_ALLOWED_NETWORKS = []
        assert opened().untold_by == ["webhook"]
    assert receiver.received == []


def test_a_mail_that_cannot_be_sent_stands_with_the_alert_and_keeps_no_other_way_from_being_tried(
    settings, hook, opened
):
    settings.ALERT_EMAILS = ["ops@example.com"]
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 9
    with hook() as receiver:
        assert opened().untold_by == ["e-mail"]
    assert len(receiver.received) == 1


def test_watching_measures_and_decides_with_one_now():
    factories.call(state="received")
    watch(timezone.now() + timedelta(hours=1))
    assert Alert.objects.get().rule == "calls wait to be parsed"


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_open_one_alert_and_tell_it_once(settings, mailoutbox):
    settings.ALERT_EMAILS = ["ops@example.com"]
    watching.version()
    factories.call(state="received")
    later = timezone.now() + timedelta(hours=1)

    def beat(_):
        try:
            watch(later)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as beats:
        list(beats.map(beat, range(4)))
    assert Alert.objects.count() == len(mailoutbox) == 1


def test_the_documentation_names_every_rule_with_its_limit():
    lines = Path(django_settings.BASE_DIR, "docs", "monitoring.md").read_text(encoding="utf-8").splitlines()
    for rule in alerts.RULES:
        (line,) = [line for line in lines if line.startswith(f"| {rule.name} |")]
        assert f"`{rule.metric}` {rule.worse} {rule.limit:g} |" in line
