"""Another system's JSON in our words."""

import pytest

from calls.field_mapping import BadMapping, check, mapped, rows_of
from calls.mappings import FieldMapping, named, ready, recognised


def put(fields: dict, row: object, **more) -> dict:
    definition = {"fields": fields, **more}
    check("calls", definition)
    return mapped(definition, row)


def test_each_of_our_fields_is_found_by_its_expression():
    row = {
        "call": {"no": 7},
        "who": [{"side": "us", "name": "Rita"}, {"side": "them", "name": "Tom"}],
        "The size": 12,
    }
    fields = {"external_id": "call.no", "rep": "who[?side=='us'].name | [0]", "customer.metadata.size": '"The size"'}
    assert put(fields, row) == {"external_id": 7, "rep": "Rita", "customer": {"metadata": {"size": 12}}}


def test_the_first_alternative_that_finds_something_counts():
    fields = {"external_id": ["id", "uuid"]}
    assert put(fields, {"id": "", "uuid": "u"}) == {"external_id": "u"}
    assert put(fields, {"id": 0, "uuid": "u"}) == {"external_id": 0}
    assert put(fields, {}) == {}


def test_a_table_of_values_leaves_out_what_it_does_not_know():
    definition = {"fields": {"outcome": "stage"}, "values": {"outcome": {"Gewonnen": "won", "3": "lost"}}}
    check("outcomes", definition)
    stages = [" gewonnen", 3, "offen", None]
    assert [mapped(definition, {"stage": stage}).get("outcome") for stage in stages] == ["won", "lost", None, None]


@pytest.mark.parametrize(
    ("value", "format", "expected"),
    [
        ("2026-03-02T09:00:00Z", "", "2026-03-02T09:00:00Z"),
        (1772442000, "", "2026-03-02T09:00:00+00:00"),
        (1772442000000, "", "2026-03-02T09:00:00+00:00"),
        ("1772442000000", "", "2026-03-02T09:00:00+00:00"),
        ("02.03.2026", "%d.%m.%Y", "2026-03-02"),
        ("3/2/2026 9:00 AM", "%m/%d/%Y %I:%M %p", "2026-03-02T09:00:00"),
        ("soon", "%d.%m.%Y", "soon"),
        (10**30, "", 10**30),
    ],
)
def test_times_may_be_written_in_several_ways(value, format, expected):
    found = put({"started_at": "at"}, {"at": value}, formats={"started_at": format} if format else {})
    assert found == {"started_at": expected}


def test_what_stands_in_our_words_goes_before_what_is_found():
    row = {"id": 1, "name": "Acme", "salesconv": {"deal": "d-1", "customer": {"external_id": "c-7"}}}
    fields = {"external_id": "id", "customer.name": "name", "deal": "id"}
    assert put(fields, row) == {"external_id": 1, "deal": "d-1", "customer": {"name": "Acme", "external_id": "c-7"}}


@pytest.mark.parametrize("row", [[1], "text", None])
def test_a_row_that_is_no_object_is_refused(row):
    with pytest.raises(BadMapping, match="no JSON object"):
        put({"external_id": "id"}, row)


def test_a_row_that_the_expression_cannot_take_is_refused_by_its_field():
    with pytest.raises(BadMapping) as refusal:
        put({"external_id": "length(id)"}, {"id": 5})
    assert "external_id" in refusal.value.fields


@pytest.mark.parametrize(
    ("definition", "place"),
    [
        ([], "definition"),
        ({}, "fields"),
        ({"fields": {}}, "fields"),
        ({"fields": {"colour": "x"}}, "fields.colour"),
        ({"fields": {"external_id": "a["}}, "fields.external_id"),
        ({"fields": {"external_id": 5}}, "fields.external_id"),
        ({"fields": {"external_id": ["id", ""]}}, "fields.external_id"),
        ({"fields": {"external_id": "id"}, "rows": "["}, "rows"),
        ({"fields": {"external_id": "id"}, "values": []}, "values"),
        ({"fields": {"external_id": "id"}, "paths": {}}, "paths"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused_by_its_place(definition, place):
    with pytest.raises(BadMapping) as refusal:
        check("calls", definition)
    assert place in refusal.value.fields


def test_rows_are_found_in_a_document_that_wraps_them():
    definition = {"fields": {"deal": "id"}, "rows": "results"}
    assert rows_of(definition, {"results": [1, 2]}) == [1, 2]
    assert rows_of(definition, [1]) == [1]
    assert rows_of(definition, {"id": 1}) == [{"id": 1}]


@pytest.mark.parametrize("kind", FieldMapping.Kind.values)
def test_those_that_come_ready_made_can_be_used(kind):
    assert ready(kind)
    for definition in ready(kind).values():
        check(kind, definition)


def test_an_admin_adds_some_and_a_name_that_is_none_is_told_those_that_there_are(db):
    own = {"fields": {"external_id": "nr"}}
    FieldMapping.objects.create(kind="calls", name="our-dialler", definition=own)
    assert named("calls", "our-dialler") == own
    with pytest.raises(BadMapping) as refusal:
        named("outcomes", "our-dialler")
    assert refusal.value.fields["mapping"] == "Expected one of dynamics, hubspot, salesforce."


def test_tables_of_others_are_known_by_their_columns():
    assert recognised(["record id", "deal stage"]) == ready("outcomes")["hubspot"]
    assert recognised(["id", "iswon", "isclosed"]) == ready("outcomes")["salesforce"]
    assert recognised(["(do not modify) opportunity", "status"]) == ready("outcomes")["dynamics"]
    assert recognised(["deal", "status"]) is None
