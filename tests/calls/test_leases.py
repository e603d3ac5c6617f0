"""A lease lasts as long as the work, and no longer."""

import time

import pytest
from django.db import OperationalError

from calls import ingest, leases, spool
from calls.models import Call
from tests.calls.test_ingest import uploaded


def test_a_lease_is_renewed_until_the_work_is_done_also_when_the_database_did_not_answer_once(settings):
    settings.LEASE_SECONDS = 0.2
    renewals: list[float] = []

    def renew() -> None:
        renewals.append(time.monotonic())
        if len(renewals) == 1:
            raise OperationalError("away")

    with leases.kept(renew):
        time.sleep(0.5)
    count = len(renewals)
    time.sleep(0.2)
    assert len(renewals) == count > 2


def test_the_lease_of_work_that_hangs_is_not_renewed_for_ever(settings, monkeypatch, caplog):
    settings.LEASE_SECONDS = 0.02
    monkeypatch.setattr(leases, "MOST_LEASES", 1)
    renewals: list[None] = []
    with leases.kept(lambda: renewals.append(None)):
        time.sleep(0.5)
    assert len(renewals) == leases.RENEWALS_PER_LEASE
    assert "A lease is renewed no more" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_takes_longer_than_a_lease_is_read_by_one_worker(rep, settings, monkeypatch):
    call, read, taken = uploaded(rep), spool.get, []
    settings.LEASE_SECONDS = 1

    def slowly(name: str) -> bytes:
        time.sleep(2)
        taken.append(ingest.claim(call.pk))
        return read(name)

    monkeypatch.setattr(spool, "get", slowly)
    ingest.parse(call.pk)
    assert taken == [None]
    assert Call.objects.get(pk=call.pk).state == Call.State.READY


@pytest.mark.parametrize(("attempts", "said"), [(1, False), (2, True)])
def test_work_that_is_taken_up_again_is_told_in_the_log(caplog, attempts, said):
    leases.say_again("reading call 7", attempts)
    assert ("reading call 7 is taken up again: attempt 2 of 3." in caplog.text) == said
