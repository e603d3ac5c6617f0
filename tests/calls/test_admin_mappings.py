"""Mappings in the admin."""

import json

import pytest
from django.urls import reverse

from calls.models import FieldMapping

ADD = reverse("admin:calls_fieldmapping_add")


@pytest.fixture
def desk(client, admin):
    client.force_login(admin)
    return client


def sent(desk, definition: object, **fields):
    given = {"name": "our-dialler", "kind": "calls", "definition": json.dumps(definition)}
    return desk.post(ADD, given | fields)


def test_a_mapping_is_added_and_can_be_used(desk):
    assert sent(desk, {"fields": {"external_id": "nr"}}).status_code == 302
    assert FieldMapping.objects.get().definition == {"fields": {"external_id": "nr"}}


@pytest.mark.parametrize(
    ("definition", "fields", "said"),
    [
        ({"fields": {"external_id": "nr["}}, {}, "fields.external_id: This is no JMESPath expression"),
        ({"fields": {"colour": "nr"}}, {}, "fields.colour: Expected one of"),
        ([1], {}, "Expected an object"),
        ({"fields": {"external_id": "nr"}}, {"name": "gong"}, "comes ready made"),
        ({"fields": {"external_id": "nr"}}, {"name": "not a slug"}, "slug"),
    ],
)
def test_one_that_cannot_be_used_is_refused_with_its_places(desk, definition, fields, said):
    assert said in sent(desk, definition, **fields).content.decode()
    assert not FieldMapping.objects.exists()
