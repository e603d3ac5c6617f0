"""Alerts: which numbers open one, that it opens once, closes when healed, and reaches people."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import respx
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from predictions import alerts
from predictions.models import Alert, MetricPoint
from predictions.watch import watch
from tests import factories
from tests.predictions import watching

pytestmark = pytest.mark.usefixtures("db")
HOOK = "https://hooks.test/alerts"
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


def test_opening_writes_one_mail_one_log_line_and_one_request(
    settings, mailoutbox, caplog, django_capture_on_commit_callbacks
):
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = ["ops@example.com"], HOOK
    point("failed_runs", 2, 3)
    with respx.mock() as hook, django_capture_on_commit_callbacks(execute=True):
        route = hook.post(HOOK).respond(204)
        assert open_rules() == open_rules() == {"training fails"}
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["ops@example.com"], "salesconv: training fails")
    sent = json.loads(route.calls.last.request.content)
    assert (route.call_count, sent["type"], sent["rule"], sent["value"]) == (1, "alert.opened", "training fails", 2)
    assert "2 of 3 training runs" in caplog.text


def redirect(request):
    return httpx.Response(302, headers={"Location": "http://inside.test/"})


def refuse(request):
    raise httpx.ConnectError("refused", request=request)


@pytest.mark.parametrize("effect", [redirect, refuse])
def test_a_webhook_that_fails_or_redirects_is_logged_and_not_followed(
    effect, settings, caplog, django_capture_on_commit_callbacks
):
    settings.ALERT_WEBHOOK = HOOK
    point("failed_runs", 1, 1)
    with respx.mock() as hook, django_capture_on_commit_callbacks(execute=True):
        hook.post(HOOK).mock(side_effect=effect)
        assert open_rules() == {"training fails"}
    assert "webhook" in caplog.text
    assert Alert.objects.get().untold_by == ["webhook"]


def test_a_mail_that_cannot_be_sent_stands_with_the_alert_and_keeps_no_other_way_from_being_tried(
    settings, django_capture_on_commit_callbacks
):
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = ["ops@example.com"], HOOK
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = SMTP, "127.0.0.1", 9
    point("failed_runs", 1, 1)
    with respx.mock() as hook, django_capture_on_commit_callbacks(execute=True):
        route = hook.post(HOOK).respond(204)
        open_rules()
    assert (route.call_count, Alert.objects.get().untold_by) == (1, ["e-mail"])


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
