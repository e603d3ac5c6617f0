"""Customers by the API."""

from tests import factories
from tests.api_client import API, assert_error, client_of

CUSTOMERS = f"{API}customers/"


def test_one_sees_the_customers_of_the_calls_one_sees(rep, stranger):
    customer = factories.customer("c-1", name="Acme", metadata={"employees": 5})
    factories.call(rep=rep, customer=customer)
    found = client_of(rep).get(CUSTOMERS).json()["results"]
    assert [(each["external_id"], each["metadata"]) for each in found] == [("c-1", {"employees": 5})]
    assert client_of(stranger).get(CUSTOMERS).json()["results"] == []
    assert_error(client_of(stranger).get(f"{CUSTOMERS}{customer.pk}/"), 404, "not_found")


def test_customers_are_found_by_part_of_their_name(rep):
    for name in ("Acme", "Bolt"):
        factories.call(rep=rep, customer=factories.customer(name=name))
    assert [each["name"] for each in client_of(rep).get(CUSTOMERS, {"q": "olt"}).json()["results"]] == ["Bolt"]


def test_customers_come_in_pages(rep, django_assert_num_queries):
    for _ in range(5):
        factories.call(rep=rep, customer=factories.customer())
    api = client_of(rep)
    with django_assert_num_queries(2):  # token, customers
        page = api.get(CUSTOMERS, {"page_size": 3}).json()
    assert len(page["results"]) == 3
    assert len(api.get(page["next"]).json()["results"]) == 2
