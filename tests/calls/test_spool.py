"""Uploads wait encrypted, and leave no trace when their time is over."""

import os
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from calls import spool
from calls.models import Call
from tests import factories

SECRET = b"Rep: my number is 415 555 0100"


def files() -> list[str]:
    return spool.storage().listdir("")[1]


def test_what_lies_in_the_spool_cannot_be_read():
    name = spool.put(SECRET)
    assert spool.get(name) == SECRET
    with spool.storage().open(name) as file:
        assert b"555" not in file.read()


def test_another_key_cannot_open_it(settings):
    name = spool.put(SECRET)
    settings.SPOOL_KEY = Fernet.generate_key().decode()
    with pytest.raises(spool.SpoolError, match="SPOOL_KEY"):
        spool.get(name)
    assert spool.get(spool.put(SECRET)) == SECRET


def test_an_upload_that_is_gone_is_said_to_be_gone():
    name = spool.put(SECRET)
    spool.delete(name)
    spool.delete(name)
    with pytest.raises(spool.SpoolError, match="no longer there"):
        spool.get(name)


def test_a_rejected_upload_is_kept_for_some_days(db, settings):
    call = factories.call(state=Call.State.REJECTED, spool_name=spool.put(SECRET))
    assert spool.purge() == 0
    assert spool.purge(timezone.now() + timedelta(days=settings.REJECTED_UPLOAD_DAYS, hours=1)) == 1
    call.refresh_from_db()
    assert (call.spool_name, files()) == ("", [])


def test_a_waiting_upload_is_never_purged(db):
    factories.call(state=Call.State.RECEIVED, spool_name=spool.put(SECRET))
    assert spool.purge(timezone.now() + timedelta(days=365)) == 0


def test_files_that_no_call_names_vanish_after_a_while(db):
    young, old = spool.put(SECRET), spool.put(SECRET)
    os.utime(spool.storage().path(old), (0, 0))
    assert spool.purge() == 1
    assert files() == [young]


def test_a_parsed_call_loses_its_left_over_upload(db):
    factories.call(spool_name=spool.put(SECRET))
    spool.purge()
    assert files() == []


def test_an_empty_spool_is_purged_in_peace(db):
    assert spool.purge() == 0
