"""The ways by which people and programs have a customer erased."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from calls.models import Call, Customer, Erasure
from tests import factories
from tests.api_client import API, assert_error, client_of
from tests.predictions import watching

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(rep) -> Customer:
    customer = factories.customer("c-7", name="Acme")
    factories.call(rep=rep, team=rep.team, customer=customer)
    return customer


def test_the_page_says_what_would_go_and_asks_for_the_name(desk, acme):
    page = desk.get(reverse("admin:calls_customer_erase", args=[acme.pk])).content.decode()
    assert [each in page for each in ("Erase Acme", ">Turns<", ">4<", "cannot be undone")] == [True] * 4


def test_another_name_erases_nothing_and_is_named_beside_the_field(desk, acme):
    page = desk.post(reverse("admin:calls_customer_erase", args=[acme.pk]), {"name": "Bolt"}).content.decode()
    assert "This is not the customer&#x27;s name." in page
    assert not Erasure.objects.exists()


def test_with_the_name_a_worker_is_sent_and_its_page_tells_what_went(desk, admin, acme, enqueued):
    response = desk.post(reverse("admin:calls_customer_erase", args=[acme.pk]), {"name": "Acme"})
    erasure = Erasure.objects.get()
    assert (enqueued, erasure.asked_by) == ([erasure.pk], admin)
    assert "Nothing was erased yet" in desk.get(response.url).content.decode()


def test_from_the_list_one_customer_at_a_time_is_erased(desk, acme):
    chosen = {"action": "erase_one", "_selected_action": [acme.pk]}
    response = desk.post(reverse("admin:calls_customer_changelist"), chosen)
    assert response.url == reverse("admin:calls_customer_erase", args=[acme.pk])


def test_a_call_that_is_deleted_in_the_admin_leaves_no_words_in_its_history(desk, acme):
    call = factories.call(outcome="won", customer=acme)
    call.labels.get().delete()
    factories.label(call, note="Tom signed")
    desk.post(reverse("admin:calls_call_delete", args=[call.pk]), {"post": "yes"})
    assert not Call.objects.filter(pk=call.pk).exists()
    recorded = call.labels.model.pgh_event_model.objects.values_list("note", "origin")
    assert set(recorded) == {("", "")}


def test_a_program_learns_what_would_go_and_has_it_erased_by_name(admin, acme, enqueued):
    api, address = client_of(admin), f"{API}customers/{acme.pk}/erase/"
    assert api.get(address).json()["counts"]["turns"] == 4
    assert_error(api.post(address, {"name": "Bolt"}), 400, "name_differs")
    answer = api.post(address, {"name": "Acme"})
    assert (answer.status_code, answer.json()["state"]) == (202, "asked")
    assert api.get(answer.json()["status_url"]).json()["asked_by"] == "ada"


def test_the_command_asks_for_the_name(acme, capsys, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda prompt: "Bolt")
    with pytest.raises(CommandError, match="not the customer's name"):
        call_command("erase_customer", "c-7")
    call_command("erase_customer", "c-7", name="Acme")
    assert "is done. Erased: " in capsys.readouterr().out
    assert not Customer.objects.exists()


def test_the_command_says_where_there_is_no_such_customer(db):
    with pytest.raises(CommandError, match="no customer with the external id"):
        call_command("erase_customer", "c-8")


def test_a_score_that_is_being_followed_goes_with_the_customer(admin, acme):
    watching.prediction(Call.objects.get(), 0.8)
    call_command("erase_customer", "c-7", name="Acme")
    assert client_of(admin).get(f"{API}scores/").json()["results"] == []
