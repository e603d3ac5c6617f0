"""Every running call comes to an end, and what was said in it is kept."""

import pytest

from calls import ingest
from calls.models import Call
from predictions.live import sweeping
from predictions.live.arriving import append, as_delivery, finish
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions.live.lines import WON, sent


@pytest.fixture
def taken(live, rep) -> Call:
    """Another conversation with the id of the running call."""
    append(live, sent(WON))
    return factories.call([("rep", "Something else.")], source="crm", external_id="live-1", rep=rep)


def test_a_call_whose_id_was_taken_meanwhile_gets_one_of_its_own(live, taken, rep):
    ended = client_of(rep).post(f"{API}live/{live.pk}/finish/").json()
    call = Call.objects.get(pk=ended["call"])
    assert (ended["state"], call.pk == taken.pk) == ("finished", False)
    assert call.external_id.startswith("live-1-")
    assert [(turn.role, turn.text) for turn in call.turns.all()] == list(WON)
    assert [turn.text for turn in taken.turns.all()] == ["Something else."]


def test_the_page_of_such_a_call_says_why(live, taken, rep, client):
    call = finish(live, rep).call
    client.force_login(rep)
    assert "another conversation came under its source" in client.get(f"/calls/{call.pk}/").content.decode()


def test_the_same_conversation_that_came_by_another_way_is_not_kept_twice(live, rep):
    append(live, sent(WON))
    first = ingest.receive(as_delivery(live, live.turns.all()), by=rep).call
    assert finish(live, rep).call == first


def test_a_call_whose_people_were_deleted_ends_all_the_same(live, rep, settings):
    append(live, sent(WON))
    rep.delete()
    settings.LIVE_IDLE_MINUTES = 0
    sweeping.sweep()
    live.refresh_from_db()
    assert (live.state, live.call.rep, live.call.rep_name, live.call.team) == ("finished", None, "rita", live.team)
    assert live.call.turn_count == len(WON)


def test_a_call_takes_no_more_words_than_one_that_is_handed_in(live, rep, settings):
    settings.MAX_UPLOAD_BYTES = 100
    append(live, sent(WON[:1]))
    assert_error(client_of(rep).post(f"{API}live/{live.pk}/turns/", {"turns": sent(WON[1:], 1)}), 413, "too_large")
    assert finish(live, rep).call.turn_count == 1
