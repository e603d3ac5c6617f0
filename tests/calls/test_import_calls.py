"""Many calls from files: what is taken, what is rejected and why, and that a second run changes nothing."""

import gzip
import json
import os
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from calls import archives, features
from calls.models import Call, Customer, Label, Team, Turn, User
from tests import factories

TEXT = "Rep: Good morning, shall we look at the offer?\nCustomer: Yes, write to jane@example.com please.\n"


def row(number: int = 1, **fields) -> dict:
    turns = [{"speaker": "rep", "text": f"Offer number {number}?"}, {"speaker": "customer", "text": "I take it."}]
    defaults = {"id": f"c{number}", "group": "acme", "split": "train", "turns": turns, "outcome": 1}
    return defaults | {"metadata": {"region": "EU", "price": 9.5}, "extra": {"leak": 1}} | fields


def lines(folder: Path, *rows: object, name: str = "calls.jsonl") -> Path:
    path = folder / name
    text = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in rows)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["calls.jsonl", "calls.jsonl.gz"])
def test_rows_become_ready_calls_with_labels(run, tmp_path, name):
    said = run(lines(tmp_path, row(1), row(2, outcome=0), row(3, outcome=None), name=name))
    assert "3 taken, 0 already there, 0 rejected, 2 labels added" in said
    assert list(Call.objects.order_by("external_id").values_list("external_id", "state", "outcome")) == [
        ("c1", "ready", "won"),
        ("c2", "ready", "lost"),
        ("c3", "ready", ""),
    ]
    assert set(Label.objects.values_list("source", "origin")) == {("import", "import")}


def test_metadata_is_kept_and_extra_is_nowhere(run, tmp_path):
    run(lines(tmp_path, row()))
    call = Call.objects.get()
    assert (call.customer.external_id, call.customer.region) == ("acme", "EU")
    assert features.flattened(call.customer_metadata) == ({"price": 9.5}, {"region": "EU"})
    assert "leak" not in str(Call.objects.values()) + str(Customer.objects.values())


def test_without_times_the_order_of_the_file_is_the_order_of_time(run, tmp_path):
    run(lines(tmp_path, *(row(number) for number in (3, 1, 2))))
    calls = Call.objects.order_by("started_at")
    assert [call.external_id for call in calls] == ["c3", "c1", "c2"]
    assert all(call.started_at < call.outcome_known_at < timezone.now() for call in calls)
    assert features.history(calls[2])["earlier_won"] == 0


def test_what_a_row_says_of_time_people_and_deal_is_kept(run, tmp_path, rep):
    known = {
        "started_at": "2026-01-05T10:00:00Z",
        "known_at": "2026-02-01",
        "rep": "rita",
        "team": "West",
        "deal": "d1",
    }
    run(lines(tmp_path, row(**known)))
    call = Call.objects.get()
    assert (call.rep, call.team.name, call.deal) == (rep, "West", "d1")
    assert (call.started_at.day, call.outcome_known_at.month) == (5, 2)


def test_people_are_made_only_on_demand_and_may_not_log_in(run, tmp_path):
    run(lines(tmp_path, row(1, rep="nora")))
    assert not User.objects.exists()
    run(lines(tmp_path, row(2, rep="nora", team="West")), create_people=True)
    nora = User.objects.get()
    assert (nora.is_active, nora.has_usable_password(), nora.team) == (False, False, Team.objects.get())


def test_a_second_run_changes_nothing(run, tmp_path):
    path = lines(tmp_path, row(1), row(2, group=None))
    run(path)
    before = list(Call.objects.values()), list(Label.objects.values())
    assert "0 taken, 2 already there, 0 rejected, 0 labels added" in run(path)
    assert (list(Call.objects.values()), list(Label.objects.values())) == before
    assert Turn.objects.count() == 4


def test_an_outcome_that_came_later_is_added(run, tmp_path):
    run(lines(tmp_path, row(outcome=None)))
    assert "1 labels added" in run(lines(tmp_path, row(outcome=0)))
    assert Call.objects.get().outcome == "lost"


def test_a_corrected_date_of_an_outcome_is_added(run, tmp_path):
    run(lines(tmp_path, row(started_at="2026-01-05T10:00:00Z")))
    assert "1 labels added" in run(lines(tmp_path, row(started_at="2026-01-05T10:00:00Z", known_at="2026-02-01")))
    assert Call.objects.get().outcome_known_at.month == 2


def test_a_file_that_contradicts_itself_is_refused_by_both_lines(run, tmp_path):
    path = lines(tmp_path, row(1), row(2), row(1, outcome=0))
    said = run(path)
    assert "2 labels added, 1 labels refused" in said
    assert f"{path} line 1 says won and {path} line 3 says lost of one call" in said
    assert "0 labels added, 1 labels refused" in run(path)
    assert list(Label.objects.values_list("outcome", flat=True)) == ["won", "won"]


def test_a_contradiction_is_seen_however_far_the_lines_are_apart(run, tmp_path, monkeypatch):
    monkeypatch.setattr("calls.importing.BATCH", 1)
    assert "1 labels added, 1 labels refused" in run(lines(tmp_path, row(1), row(1, outcome=0)))


def test_a_file_that_comes_again_after_its_correction_changes_nothing(run, tmp_path):
    first = lines(tmp_path, row(1))
    correction = lines(tmp_path, row(1, outcome=0), name="correction.jsonl")
    run(first)
    assert "1 labels added" in run(correction)
    for path in (first, correction, first):
        assert "0 labels added, 0 labels refused" in run(path)
    assert Call.objects.get().outcome == "lost"


@pytest.mark.parametrize("name", ["one.json", "one.txt", "one"])
@pytest.mark.parametrize("listed", [False, True])
def test_rows_are_known_by_content_in_whatever_file(run, tmp_path, name, listed):
    known = row(started_at="2026-01-05T10:00:00Z")
    (tmp_path / name).write_text(json.dumps([known] if listed else known, indent=1))
    assert "1 taken, 0 already there, 0 rejected, 1 labels added" in run(tmp_path)
    call = Call.objects.get()
    assert (call.external_id, call.customer.external_id, call.outcome) == ("c1", "acme", "won")
    assert (call.started_at.day, call.turns.count(), call.customer_metadata["price"]) == (5, 2, 9.5)
    assert "0 taken, 1 already there" in run(lines(tmp_path, known))


def test_of_rows_in_one_json_file_a_bad_one_is_named_and_the_order_is_the_order_of_time(run, tmp_path):
    path = tmp_path / "many.json"
    path.write_text(json.dumps([row(3), row(4, outcome="maybe"), {"id": "c9"}, row(1), row(5, turns=[])]))
    said = run(path)
    assert "2 taken, 0 already there, 3 rejected, 2 labels added" in said
    for place in ("entry 2: outcome", "entry 3: turns", "entry 5: "):
        assert f"many.json {place}" in said
    assert list(Call.objects.order_by("started_at").values_list("external_id", flat=True)) == ["c3", "c1"]


def test_times_in_other_units_are_kept_in_a_json_row(run, tmp_path):
    turns = [{"role": "rep", "content": "Good morning", "start_ms": 1500}, {"role": "customer", "content": "Hello"}]
    (tmp_path / "one.json").write_text(json.dumps({"id": "c1", "outcome": 0, "turns": turns}))
    run(tmp_path)
    assert list(Turn.objects.values_list("role", "start")) == [("rep", 1.5), ("customer", None)]


def test_a_file_without_speakers_is_told_what_was_expected(run, tmp_path):
    (tmp_path / "bare.txt").write_text("Only words that nobody says.\n")
    assert "No line names a speaker. Expected lines such as" in run(lines(tmp_path, row()), tmp_path / "bare.txt")


def test_a_file_whose_name_is_no_text_is_taken(run, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/call-\xff.txt"))
    path.write_text(TEXT)
    assert "1 taken" in run(path)
    assert Call.objects.get().file_name == "call-?.txt"


def test_a_row_without_group_has_no_customer_but_keeps_its_metadata(run, tmp_path):
    run(lines(tmp_path, row(group=None)))
    call = Call.objects.get()
    assert (call.customer, call.customer_metadata["price"]) == (None, 9.5)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("{oops", "not JSON"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, "not JSON"),
        (row(turns=[]), ""),
        (row(turns="hello"), "turns"),
        (row(outcome=2), "outcome: Expected 0, 1"),
        (row(started_at="yesterday"), "started_at"),
        (row(started_at="2026-13-45"), "started_at"),
        (row(id={"a": 1}), "id: expected a text"),
        (row(metadata=[1]), "metadata"),
        (row(group="x" * 300), "customer.external_id"),
        (row(id="g\ud800"), "id: Holds"),
        (row(group="g\ud800"), "group: Holds"),
        (row(team="g\ud800"), "team: Holds"),
        (row(rep="g\ud800"), "rep: Holds"),
        (row(metadata={"a": ["g\ud800"]}), "customer.metadata: Holds"),
        (row(metadata={"g\ud800": 1}), "customer.metadata: Holds"),
        (row(customer={"external_id": "a", "name": "g\ud800"}), "customer.name: Holds"),
        (row(customer={"external_id": "a", "name": "1234567" + "n" * 193}), "customer.name: At most"),
        (row(started_at="0001-01-01T00:00:00+14:00"), "started_at: Expected a time in the years 1970 to 2100"),
        (row(started_at="9999-12-31T23:59:59-14:00"), "started_at: Expected a time in the years"),
        (row(known_at="0001-01-01"), "known_at: Expected a time in the years"),
        ('{"id": "1", "text": "nobody"}', "Expected a JSON object such as"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_taken(run, tmp_path, bad, reason):
    said = run(lines(tmp_path, row(7), bad, row(8)))
    assert "2 taken, 0 already there, 1 rejected" in said
    assert "calls.jsonl line 2: " in said
    assert reason in said


def test_two_rows_of_one_id_with_other_words_are_a_conflict(run, tmp_path):
    said = run(lines(tmp_path, row(1), row(1), row(1, turns=row(2)["turns"])))
    assert "1 taken, 1 already there, 1 rejected" in said
    assert "Another conversation" in said


def test_a_label_that_cannot_be_true_leaves_the_call(run, tmp_path):
    said = run(lines(tmp_path, row(started_at="2026-01-05T10:00:00Z", known_at="2025-01-01")))
    assert "1 labels refused" in said
    assert Call.objects.get().outcome == ""


def test_folders_and_zips_are_walked(run, tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "one.txt").write_text(TEXT)
    (tmp_path / ".hidden").write_text(TEXT)
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("a/../../two.txt", TEXT.replace("morning", "evening"))
        archive.writestr("rows.jsonl", json.dumps(row()))
        archive.writestr("__MACOSX/._two.txt", "junk")
    assert "3 taken, 0 already there, 0 rejected" in run(tmp_path, rep="rita", team="North")
    assert not Turn.objects.filter(text__contains="@").exists()
    assert set(Call.objects.values_list("rep_name", "team__name")) == {("rita", "North")}


def test_a_table_of_several_conversations_becomes_several_calls(run, tmp_path):
    head = "conversation_id,speaker_id,start,end,text\n"
    body = "a,rep,0,2,Good morning\na,customer,2,3,Hello\nb,rep,0,2,Good evening\nb,customer,2,3,Hi there\n"
    (tmp_path / "calls.csv").write_text(head + body)
    assert "2 taken" in run(tmp_path)
    assert set(Call.objects.values_list("external_id", flat=True)) == {"a", "b"}
    assert "2 already there" in run(tmp_path)


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_zip_bombs_are_refused_before_they_go_off(run, tmp_path, settings, monkeypatch):
    settings.MAX_UPLOAD_BYTES = 1000
    monkeypatch.setattr(archives, "MOST_BYTES", 50_000)
    monkeypatch.setattr(archives, "MOST_MEMBERS", 3)
    good = lines(tmp_path, row())
    large = zipped(tmp_path / "large.zip", a=b"0" * 60_000)
    many = zipped(tmp_path / "many.zip", a=b"", b=b"", c=b"", d=b"")
    long = zipped(tmp_path / "long.zip", a=b"0" * 2_000)
    stream = lines(tmp_path, *[row()] * 400, name="stream.jsonl.gz")
    said = run(good, large, many, long, stream)
    for words in ("unpacks to more than", "has 4 files", "more than 1,000 bytes", "more than 50,000 bytes"):
        assert words in said


def test_damaged_files_are_named(run, tmp_path):
    good = lines(tmp_path, row())
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(json.dumps(row()).encode())[:-9])
    (tmp_path / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    said = run(good, tmp_path / "a.zip", tmp_path / "b.jsonl.gz", tmp_path / "c.png", tmp_path / "nowhere.txt")
    assert "1 taken, 0 already there, 4 rejected" in said
    assert "There is no such file" in said


def test_what_is_no_file_is_named_and_rejected(run, tmp_path):
    lines(tmp_path, row())
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "elsewhere").symlink_to(tmp_path.parent)
    os.mkfifo(tmp_path / "pipe.jsonl")
    said = run(tmp_path)
    assert "1 taken, 0 already there, 3 rejected" in said
    assert f"{tmp_path / 'gone.txt'}: This is a link to nothing." in said
    assert f"{tmp_path / 'elsewhere'}: This is a link to a folder" in said
    assert f"{tmp_path / 'pipe.jsonl'}: This is no file but a pipe" in said


def test_a_team_that_had_to_be_made_is_told_with_its_calls(run, tmp_path, team):
    said = run(lines(tmp_path, row(1, team="Nowhere"), row(2, team="Nowhere"), row(3, team=team.name)))
    assert "warning: there was no team 'Nowhere', so it was made; 2 calls name it" in said
    assert said.count("warning") == 1
    assert "warning" not in run(lines(tmp_path, row(4, team="Nowhere")))


def test_nothing_readable_ends_with_two(db, tmp_path):
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(CommandError) as error:
        call_command("import_calls", str(tmp_path))
    assert error.value.returncode == 2


def test_an_import_goes_on_where_an_upload_had_come_first(run, tmp_path, rep):
    factories.call(source="import", external_id="c1", content_hash="1" * 64)
    assert "1 rejected" in run(lines(tmp_path, row(1), row(2)))


def test_the_time_of_a_transcript_is_that_of_its_file(run, tmp_path):
    (tmp_path / "one.txt").write_text(TEXT)
    run(tmp_path)
    assert timezone.now() - Call.objects.get().started_at < timedelta(minutes=5)
