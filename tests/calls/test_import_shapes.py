"""Which shapes of JSON an import knows: calls as they are posted, rows of a data set, turns line by line."""

import gzip
import json
from pathlib import Path

import pytest

from calls.api_deliveries import DeliverySerializer, PostedCustomerSerializer, PostedTurnSerializer
from calls.models import Call, Customer
from calls.row_shapes import CUSTOMER_KEYS, ROW_KEYS
from calls.transcripts.json_turns import KEYS, STRICT_KEYS
from tests.api_client import API, client_of, posted_call

TEXT = "Rep: Good morning, shall we look at the offer?\nCustomer: Yes, please.\n"
KEPT = (
    "source",
    "external_id",
    "started_at",
    "rep",
    "rep_name",
    "deal",
    "customer__external_id",
    "customer_metadata",
    "word_count",
)
SPOKEN = [{"speaker": "Rep", "text": "Good morning"}, {"speaker": "Customer", "text": "Hello"}]


def written(path: Path, *entries: object) -> Path:
    """One object as it is, several as lines."""
    text = "\n".join(map(json.dumps, entries)).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def kept() -> list[dict]:
    return list(Call.objects.order_by("external_id").values(*KEPT))


@pytest.mark.parametrize("words", [{}, {"turns": ..., "transcript": TEXT}], ids=["turns", "transcript"])
@pytest.mark.parametrize("shape", ["one.json", "list.json", "lines.json", "lines.jsonl", "one.txt"])
def test_a_call_comes_out_of_a_file_as_it_comes_out_of_the_api(run, tmp_path, admin, rep, shape, words):
    calls = [posted_call(**words), posted_call(**words, external_id="call-2", rep="nobody")]
    for each in calls:
        client_of(admin).post(f"{API}calls/", each, format="json")
    posted, customers = kept(), list(Customer.objects.values(*Customer.TYPED, "external_id", "metadata"))
    Call.objects.all().delete()
    Customer.objects.all().delete()
    whole = {"one": calls[:1], "list": [calls], "lines": calls}[shape.partition(".")[0]]
    said = run(written(tmp_path / shape, *whole))
    assert "0 rejected" in said
    assert "warning" not in said
    assert kept() == (posted[:1] if shape.startswith("one") else posted)
    assert list(Customer.objects.values(*Customer.TYPED, "external_id", "metadata")) == customers


def test_the_import_knows_every_field_of_the_api():
    assert set(DeliverySerializer().fields) - {"document"} <= ROW_KEYS  # another tool's JSON: a file of its own here
    assert set(PostedCustomerSerializer().fields) == CUSTOMER_KEYS
    assert set(PostedTurnSerializer().fields) <= STRICT_KEYS <= KEYS


@pytest.mark.parametrize("name", ["external_id", "customer", "rep", "deal", "started_at", "source", "team"])
def test_one_field_of_a_call_beside_its_words_is_enough(run, tmp_path, name):
    value = (posted_call() | {"team": "West"})[name]
    run(written(tmp_path / "one.json", {name: value, "turns": SPOKEN}))
    call = Call.objects.get()
    kept = {"rep": call.rep_name, "customer": call.customer and value, "team": call.team and call.team.name}
    found = kept.get(name) or getattr(call, name)
    assert value == (found.isoformat().replace("+00:00", "Z") if name == "started_at" else found)


def test_group_and_metadata_fill_what_the_customer_leaves_open(run, tmp_path):
    fields = {"group": "acme", "metadata": {"region": "EU", "price": 9}, "customer": {"name": "Acme", "region": None}}
    run(written(tmp_path / "one.json", fields | {"turns": SPOKEN}))
    customer = Customer.objects.get()
    assert (customer.external_id, customer.name, customer.region) == ("acme", "Acme", "EU")
    assert customer.metadata["price"] == 9


@pytest.mark.parametrize("name", ["many.json", "many.jsonl"])
def test_keys_that_nothing_becomes_of_are_counted(run, tmp_path, name):
    customer = posted_call()["customer"] | {"industry": "steel"}
    rows = [posted_call(external_id=str(n), startedAt="2026", customer=customer, split="train") for n in range(3)]
    said = run(written(tmp_path / name, *rows, posted_call(external_id="x", id="y", group="z", note=None)))
    for key, count in {"startedAt": 3, "customer.industry": 3, "id": 1, "group": 1}.items():
        assert f"warning: '{key}' is no key that an import takes; left out of {count} calls" in said
    assert said.count("warning") == 4


@pytest.mark.parametrize(
    ("name", "unknown"), [("many.jsonl", ["mood", "startTime"]), ("many.json", ["mood"])], ids=["lines", "file"]
)
def test_keys_of_turns_that_nothing_becomes_of_are_counted_by_call(run, tmp_path, name, unknown):
    turns = [{"speaker": "Rep", "text": f"Good morning {n}", "startTime": 4, "mood": "good"} for n in range(5)]
    said = run(written(tmp_path / name, *(posted_call(external_id=str(n), turns=turns) for n in range(3))))
    for key in unknown:
        assert f"warning: 'turns.{key}' is no key that an import takes; left out of 3 calls" in said
    assert said.count("warning") == len(unknown)


def test_what_a_file_says_in_the_words_of_other_tools_is_read_and_not_told(run, tmp_path):
    turns = [{"speaker_name": "Rep", "content": "Good morning", "start_ms": 4000, "language": "en", "mood": "good"}]
    said = run(written(tmp_path / "one.json", {"turns": turns}))
    assert Call.objects.get().turns.get().start == 4
    assert "warning: 'turns.mood'" in said
    assert said.count("warning") == 1


def test_a_transcript_that_is_no_row_loses_nothing_silently_either(run, tmp_path):
    said = run(written(tmp_path / "one.json", {"turns": SPOKEN, "externalId": "c1", "language": "en"}))
    assert "1 taken" in said
    assert "warning: 'externalId' is no key" in said
    assert "language" not in said


def test_of_very_many_unknown_keys_the_rest_is_only_counted(run, tmp_path):
    said = run(written(tmp_path / "one.json", posted_call(**{f"key{n}": n for n in range(23)})))
    assert "warning: 3 more keys" in said


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"rep": {"name": "rita"}}, "rep: expected a text"),
        ({"outcome": True}, "outcome: Expected 0, 1, null, lost or won"),
        ({"outcome": False}, "outcome: Expected 0, 1, null, lost or won"),
        ({"outcome": 2}, "outcome: Expected 0, 1, null, lost or won"),
        ({"rep": "r" * 151}, "rep: At most 150 characters"),
        ({"customer": "acme"}, "customer: Expected an object"),
        ({"customer": {"external_id": "a", "metadata": [1]}}, "customer.metadata: Expected an object"),
        ({"transcript": TEXT}, 'Expected either "turns" or "transcript"'),
        ({"turns": ..., "transcript": 5}, "transcript: Expected a text"),
        ({"turns": ..., "transcript": "Only words that nobody says."}, "No line names a speaker"),
        ({"turns": ...}, "turns: Expected a list"),
    ],
)
@pytest.mark.parametrize("name", ["many.json", "many.jsonl"])
def test_a_call_that_the_api_would_refuse_is_rejected_by_its_field(run, tmp_path, name, bad, reason):
    said = run(written(tmp_path / name, posted_call(), posted_call(external_id="call-2", **bad)))
    assert "1 taken, 0 already there, 1 rejected" in said
    assert reason in said


@pytest.mark.parametrize("name", ["one.jsonl", "one.jsonl.gz", "one.ndjson", "one.json"])
@pytest.mark.parametrize("more", [{}, {"id": 1}, {"rep": True, "start": 1}], ids=["bare", "id", "start"])
def test_turns_line_by_line_are_one_transcript(run, tmp_path, name, more):
    assert "1 taken, 0 already there, 0 rejected" in run(written(tmp_path / name, *({**t, **more} for t in SPOKEN)))
    assert list(Call.objects.get().turns.values_list("role", "text")) == [
        ("rep", "Good morning"),
        ("customer", "Hello"),
    ]


@pytest.mark.parametrize("speaker", ["speaker", "role", "speaker_label"])
@pytest.mark.parametrize("words", ["transcript", "text", "content"])
def test_numbered_turns_are_not_taken_for_calls(run, tmp_path, speaker, words):
    turns = [{"id": 1, speaker: "customer", words: "Hello there"}, {"id": 2, speaker: "agent", words: "Hi"}]
    (tmp_path / "one.json").write_text(json.dumps(turns))
    assert "1 taken, 0 already there, 0 rejected" in run(tmp_path / "one.json")
    assert "1 already there" in run(tmp_path / "one.json")
    assert Call.objects.get().turns.count() == 2


def test_a_text_of_many_lines_is_a_call_even_with_keys_that_turns_have(run, tmp_path):
    said = run(written(tmp_path / "one.json", {"rep": "rita", "channel": "phone", "transcript": TEXT}))
    assert "warning: 'channel'" in said
    assert Call.objects.get().rep_name == "rita"


def test_a_row_that_calls_its_words_text_is_no_turn(run, tmp_path):
    rows = [{"id": str(n), "group": "acme", "outcome": 1, "text": TEXT} for n in range(2)]
    assert "1 taken, 0 already there, 2 rejected" in run(written(tmp_path / "a.jsonl", *rows, posted_call()))


def test_a_turn_before_rows_does_not_swallow_them(run, tmp_path):
    assert "1 taken, 0 already there, 1 rejected" in run(written(tmp_path / "a.jsonl", SPOKEN[0], posted_call()))


def test_a_broken_line_among_turns_is_named(run, tmp_path):
    good = written(tmp_path / "good.json", posted_call())
    (tmp_path / "bad.jsonl").write_text(json.dumps(SPOKEN[0]) + "\n{oops\n")
    assert "bad.jsonl: Line 2: The JSON is broken here" in run(good, tmp_path / "bad.jsonl")
