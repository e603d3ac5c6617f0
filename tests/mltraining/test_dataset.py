import gzip
import json

import pytest

from mltraining.dataset import UnreadableDataset, example_from_row, read_row, read_rows


def row(**fields):
    values = {"id": "a", "turns": [{"speaker": "rep", "text": "hi"}], "metadata": {}, "outcome": 1} | fields
    return read_row(json.dumps(values), 1)


def roles(*speakers):
    turns = [{"speaker": speaker, "text": "hello"} for speaker in speakers]
    return [turn.role for turn in example_from_row(row(turns=turns)).turns]


def test_unknown_speakers_take_a_side_in_order_of_appearance():
    assert roles("agent_2", "agent_1", "agent_2") == ["rep", "customer", "rep"]
    assert roles("customer", "rep") == ["customer", "rep"]
    assert roles("Zoe", "customer") == ["rep", "customer"]


def test_a_turn_taken_out_leaves_the_sides_and_takes_its_words_along():
    turns = [{"speaker": speaker, "text": "hello there"} for speaker in ("Zoe", "Ann", "Zoe")]
    example = example_from_row(row(turns=turns), without={0})
    assert [turn.role for turn in example.turns] == ["customer", "rep"]
    assert dict(zip(example.statistic_names, example.statistics[-1], strict=True))["words_rep"] == 2


def test_plain_and_packed_files_are_read_alike(tmp_path):
    text = json.dumps({"id": "a", "outcome": 0}) + "\n\n"
    (tmp_path / "plain.jsonl").write_text(text)
    (tmp_path / "packed.jsonl.gz").write_bytes(gzip.compress(text.encode()))
    assert list(read_rows(tmp_path / "plain.jsonl")) == list(read_rows(tmp_path / "packed.jsonl.gz"))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "Line 7 is not JSON"),
        ("[1]", "Line 7: expected an object"),
        ('{"turns": "hello"}', "Line 7: turns must be a list"),
        ('{"turns": ["hello"]}', "Line 7: each of turns"),
        ('{"outcome": 2}', "Line 7: outcome"),
        ('{"outcome": "1"}', "Line 7: outcome"),
        ('{"outcome": true}', "Line 7: outcome must be 0, 1 or null"),
        ('{"metadata": [1]}', "Line 7: metadata must be an object"),
    ],
)
def test_a_line_of_another_shape_is_refused_by_its_number(line, told):
    with pytest.raises(UnreadableDataset, match=told):
        read_row(line, 7)


def test_a_broken_archive_is_refused(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"{}\n" * 1000)[:-20])
    with pytest.raises(UnreadableDataset, match=r"a\.gz"):
        list(read_rows(tmp_path / "a.gz"))


def test_nested_and_missing_metadata_are_features():
    metadata = {"deep": {"size": 3, "tags": ["new"]}, "region": None, "sure": True, "prose": "x " * 200}
    example = example_from_row(row(metadata=metadata))
    assert example.numbers["deep.size"] == 3.0
    assert example.categories["sure"] == "yes"
    assert example.categories["region"] is None
    assert "prose" not in example.categories


def test_extra_is_never_a_feature():
    example = example_from_row(row(extra={"price": 12.0, "status": "closed"}))
    assert not {name for name in (*example.numbers, *example.categories) if "price" in name or "status" in name}


def test_rows_with_one_id_and_no_group_are_groups_of_their_own():
    first, second = (example_from_row(read_row('{"id": "a", "group": null}', number)) for number in (1, 2))
    assert first.group_key != second.group_key


def test_half_a_letter_and_odd_values_are_survived():
    turns = [{"speaker": None, "text": "\ud800 ok"}, {"text": 5}, {"speaker": 3, "text": None}]
    example = example_from_row(row(turns=turns, metadata=None, extra=None))
    assert [turn.text for turn in example.turns] == ["? ok", "5", ""]


def test_words_and_metadata_are_cleaned_and_redacted_as_those_of_a_stored_call():
    turns = [{"text": "<b>Mail</b> to ann@example.com &amp; co"}, {"text": "[inaudible]"}]
    example = example_from_row(row(turns=turns, metadata={"contact": "ann@example.com", "deep": {"size": 3}}))
    assert [turn.text for turn in example.turns] == ["Mail to [EMAIL] & co", ""]
    assert example.categories["contact"] == "[EMAIL]"
    assert example.numbers["deep.size"] == 3.0


@pytest.mark.parametrize("odd", ["1" + "0" * 400, "Infinity", "NaN", "-5", "true", '"soon"'])
def test_what_can_be_no_time_is_none(odd):
    line = f'{{"turns": [{{"text": "hi", "start": {odd}, "end": 2}}]}}'
    assert [turn.text for turn in example_from_row(read_row(line, 1)).turns] == ["hi"]
