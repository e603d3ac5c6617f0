"""Sessions that are over go; whoever is logged in stays so."""

from datetime import timedelta

import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from calls.tasks import forget_sessions
from salesconv.queues import beat_schedule


def test_sessions_that_are_over_are_deleted_each_night(db, rep, settings):
    with time_machine.travel(timezone.now() - timedelta(seconds=settings.SESSION_COOKIE_AGE + 60)):
        Client().force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    client = Client()
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    forget_sessions()
    assert Session.objects.get().session_key == client.session.session_key
    assert forget_sessions.name in {each["task"] for each in beat_schedule.values()}
