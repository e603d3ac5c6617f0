"""A running call over the API: opened, fed, looked at, finished."""

import pytest

from calls.models import Call, Customer
from predictions.live.models import LiveCall, LiveTurn
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions.live.lines import WON, heard, sent

LIVE = f"{API}live/"
CALL = {"source": "crm", "external_id": "live-1", "customer": {"external_id": "c-7", "name": "Acme"}}


@pytest.fixture
def api(rep):
    return client_of(rep)


@pytest.fixture
def address(api) -> str:
    return f"{LIVE}{api.post(LIVE, CALL).json()['id']}/"


def test_a_call_is_opened_once(api, rep):
    first, second = api.post(LIVE, CALL), api.post(LIVE, CALL)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    live = LiveCall.objects.get()
    assert (live.rep, live.team, live.customer.name, live.state) == (rep, rep.team, "Acme", "running")
    assert first.json()["turns_url"].endswith(f"/api/v1/live/{live.pk}/turns/")


def test_a_call_needs_a_customer(api):
    assert_error(api.post(LIVE, {"source": "crm"}), 400, "invalid")
    assert not LiveCall.objects.exists()


def test_an_id_that_names_a_call_already_is_not_opened(api, rep):
    factories.call(source="crm", external_id="live-1", rep=rep)
    assert_error(api.post(LIVE, CALL), 409, "conflicting_delivery")
    assert not Customer.objects.exists()


def test_whoever_may_not_see_a_running_call_cannot_open_it_again(address, stranger):
    assert_error(client_of(stranger).post(LIVE, CALL), 409, "conflicting_delivery")
    assert client_of(stranger).get(address).status_code == 404


def test_turns_are_kept_in_order_however_they_come(api, address):
    turns = sent(WON)
    assert api.post(f"{address}turns/", {"turns": [turns[3], turns[0]]}).json() == {
        "added": 2, "repeated": 0, "missing": [1, 2],
    }  # fmt: skip
    assert api.post(f"{address}turns/", {"turns": [turns[2], turns[1]]}).json()["missing"] == []
    assert [turn.text for turn in LiveTurn.objects.all()] == [text for _, text in WON]


def test_a_number_that_came_before_is_not_taken_again(api, address):
    turn = sent(WON)[0]
    api.post(f"{address}turns/", {"turns": [turn]})
    again = api.post(f"{address}turns/", {"turns": [turn | {"text": "Something else."}, turn]}).json()
    assert again == {"added": 0, "repeated": 2, "missing": []}
    assert LiveTurn.objects.get().text == WON[0][1]


@pytest.mark.parametrize("number", [-1, "0", None, True, 20_000], ids=str)
def test_a_turn_without_a_sound_number_is_refused(api, address, number):
    response = api.post(f"{address}turns/", {"turns": [sent(WON)[0] | {"sequence": number}]})
    assert_error(response, 400, "invalid_delivery")
    assert "turns[0].sequence" in response.json()["error"]["fields"]


def test_a_turn_that_cannot_be_read_names_its_place(api, address):
    response = api.post(f"{address}turns/", {"turns": [sent(WON)[0], {"sequence": 1, "text": 7}]})
    assert_error(response, 400, "unreadable_transcript")
    assert list(response.json()["error"]["fields"]) == ["turns[1].text"]
    assert not LiveTurn.objects.exists()


def test_nothing_is_written_before_it_is_redacted(api, address):
    turn = {"sequence": 0, "speaker": "+49 170 1234567", "text": "My card is 4111 1111 1111 1111, mail tom@acme.com."}
    api.post(f"{address}turns/", {"turns": [turn]})
    kept, live = LiveTurn.objects.get(), LiveCall.objects.get()
    assert kept.text == "My card is [CARD], mail [EMAIL]."
    assert kept.speaker == "Speaker 1"
    assert "170" not in str(live.speakers)


def test_speakers_keep_name_and_role_from_one_request_to_the_next(api, address):
    for number, speaker in enumerate(["Rita", "+49 170 1234567", "Rita", "+49 170 1234567", "+49 170 7654321"]):
        api.post(f"{address}turns/", {"turns": [{"sequence": number, "speaker": speaker, "text": "Good morning."}]})
    said = [(turn.speaker, turn.role) for turn in LiveTurn.objects.all()]
    assert said[:3] == [("Rita", "rep"), ("Speaker 1", "customer"), ("Rita", "rep")]
    assert said[3:] == [("Speaker 1", "customer"), ("Speaker 2", "customer")]


def test_a_call_that_is_finished_is_a_call_like_any_other(api, address, rep):
    api.post(f"{address}turns/", {"turns": [*sent(WON), sent([("customer", "[laughter]")], 4)[0]]})
    ended = api.post(f"{address}finish/").json()
    call = Call.objects.get(pk=ended["call"])
    assert (ended["state"], call.source, call.external_id, call.rep) == ("finished", "crm", "live-1", rep)
    assert [(turn.role, turn.text) for turn in call.turns.all()] == list(WON)
    assert api.get(ended["call_url"]).json()["state"] == "ready"
    assert not LiveTurn.objects.exists()
    assert api.post(f"{address}finish/").json() == ended


def test_a_call_with_missing_turns_is_finished_only_on_demand(api, address):
    api.post(f"{address}turns/", {"turns": [sent(WON)[0], sent(WON)[3]]})
    response = api.post(f"{address}finish/")
    assert_error(response, 409, "turns_missing")
    assert response.json()["error"]["fields"] == {"missing": "1, 2"}
    assert api.post(f"{address}finish/", {"incomplete": True}).json()["state"] == "finished"


def test_a_call_in_which_nothing_was_said_is_dropped(api, address):
    assert api.post(f"{address}finish/").json() == {"state": "dropped", "call": None, "call_url": None}
    assert not Call.objects.exists()


def test_a_call_that_has_ended_takes_no_more_turns(api, address):
    api.post(f"{address}finish/")
    assert_error(api.post(f"{address}turns/", {"turns": sent(WON)}), 409, "live_call_ended")


def test_a_rep_who_is_to_guess_first_is_not_told_the_running_score(api, address, active, rep, manager):
    rep.team.guesses_since = factories.NOW
    rep.team.save()
    live = heard(LiveCall.objects.get(), WON)
    assert live.probability
    assert api.get(address).json()["conversion_probability"] is None
    assert client_of(manager).get(address).json()["conversion_probability"] == live.probability
