"""The admin's form of a customer keeps what a delivery of the same customer would."""

import json

import pytest
from django.apps import apps
from django.urls import reverse

from calls.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, admin):
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    return client


def filled(**fields) -> dict[str, str]:
    metadata = json.dumps(fields.pop("metadata", {}))
    return {"external_id": "c-7", "name": "Acme GmbH", "segment": "", "metadata": metadata} | fields


def test_numbers_and_addresses_of_people_are_not_stored(desk):
    metadata = {"contact": "mia@example.com", "seats": 40}
    desk.post(reverse("admin:calls_customer_add"), filled(name="Mia, +49 30 901820 44", metadata=metadata))
    kept = Customer.objects.get()
    assert (kept.external_id, kept.name) == ("c-7", "Mia, [PHONE]")
    assert kept.metadata == {"contact": "[EMAIL]", "seats": 40}
    (event,) = apps.get_model("calls.CustomerEvent").objects.values()
    assert (event["name"], event["metadata"]) == (kept.name, kept.metadata)


def test_a_name_stays_as_it_was_typed_and_an_emptied_field_is_emptied(desk):
    customer = Customer.objects.create(external_id="c-7", name="Mia Kern", region="north", metadata={"a": 1})
    desk.post(reverse("admin:calls_customer_change", args=[customer.pk]), filled(name="Mia Kern-Öz"))
    customer.refresh_from_db()
    assert (customer.name, customer.region, customer.metadata) == ("Mia Kern-Öz", "", {})


def test_metadata_that_a_delivery_could_not_have_are_refused_beside_their_field(desk):
    page = desk.post(reverse("admin:calls_customer_add"), filled(metadata=["a list"])).text
    assert "Expected an object of names and values." in page
    assert not Customer.objects.exists()
