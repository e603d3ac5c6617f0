import gzip
import json
import math
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from mltraining.management.commands import evaluate_model
from tests.mltraining.ml.conversations import conversations

ROWS = ["base_rate", "length_only", "metadata_only", "bag_of_words", "generic_encoder", "fine_tuned"]
COLUMNS = {"auc", "auc_sd", "auc_low", "auc_high", "ap", "brier", "log_loss", "ece", "ece_noise", "f1", "accuracy"}
PROTOCOLS = ["grouped-kfold", "random-kfold", "split", "time", "eacl2021"]


def written(path, rows):
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in rows).encode()))
    return path


def told(count=60, turns=6, **fields):
    """Rows in the shape of the public sets."""
    return [
        {
            "id": call.id,
            "group": call.group,
            "split": ("train", "train", "val", "test")[number % 4],
            "turns": [{"speaker": turn.role, "text": turn.text} for turn in call.turns],
            "metadata": {"size": call.numbers["size"], "place": {"region": call.categories["region"]}},
            "outcome": call.label,
            "extra": {"n_half": turns // 2, "picked": number % 3 == 0, "never": False},
        }
        | fields
        for number, call in enumerate(conversations(count, turns=turns))
    ]


@pytest.fixture
def data(tmp_path):
    return written(tmp_path / "data.jsonl.gz", told())


def evaluated(data, protocol="grouped-kfold", folds=3, **options):
    out = data.parent / "out"
    call_command("evaluate_model", data=data, protocol=protocol, out=out, folds=folds, **options)
    return json.loads((out / "report.json").read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_measures_all_six_rows(data, protocol):
    report = evaluated(data, protocol)
    assert (report["data"], report["protocol"], report["view"]) == ("data.jsonl.gz", protocol, "full")
    assert [row["name"] for row in report["rows"]] == ROWS
    assert all(COLUMNS | {"seconds"} <= set(row) for row in report["rows"])
    assert [row["share"] for row in report["by_share"]] == [0.25, 0.5, 0.75, 1.0]
    assert list(report["subsets"]) == ["picked"]
    assert [row["name"] for row in report["subsets"]["picked"]] == ROWS
    assert report["n"] == {"split": 15, "time": 20}.get(protocol, 60)
    assert "| fine_tuned" in (data.parent / "out" / "report.md").read_text()


def test_both_reports_hold_every_part(data):
    report = evaluated(data, encoder="hashing")
    assert [row["rule"] for row in report["thresholds"]["rows"]] == ["f1", "cost"]
    assert sum(point["count"] for point in report["reliability"]) == 60
    assert {"threshold", "tp", "fp", "tn", "fn"} == set(report["confusion"])
    assert {"device", "minutes", "peak_memory_mb"} <= set(report)
    text = (data.parent / "out" / "report.md").read_text()
    for title in ("paired", "Along", "Reliability", "Thresholds", "Hits and misses", "Segments", "scored highest"):
        assert re.search(rf"^## .*{title}", text, re.MULTILINE), title
    assert re.search(r"^Took .* minutes, at most .* MB of memory, device cpu", text, re.MULTILINE)


def test_simulated_conversations_are_held_against_their_true_probability(tmp_path):
    rows = told(40)
    for row in rows:
        row["extra"] |= {"best_probability": 0.3 + 0.4 * row["outcome"], "true_probability": 0.5}
    data = written(tmp_path / "data.jsonl.gz", rows)
    truth = evaluated(data, encoder="hashing")["known_truth"]
    assert truth["row"]["auc"] == 1
    assert set(truth["bins"]) == set(truth["largest_gap"]) == {"generic_encoder", "fine_tuned"}
    assert "best_possible" in (tmp_path / "out" / "report.md").read_text()


@pytest.mark.parametrize("lacks", [{}, {"best_probability": 0.5, "true_probability": "high"}, {"best_probability": 2}])
def test_the_truth_is_told_only_where_every_row_knows_it(tmp_path, lacks):
    rows = [row | {"extra": row["extra"] | {"best_probability": 0.5, "true_probability": 0.5}} for row in told(40)]
    rows[7]["extra"] = lacks
    assert evaluated(written(tmp_path / "data.jsonl.gz", rows), encoder="hashing")["known_truth"] is None


def test_the_training_curve_is_told_for_each_fold(data):
    report = evaluated(data, folds=2, config='{"tune": "projection", "steps": 12}')
    assert [len(curve) for curve in report["training_curve"]] == [12, 12]
    assert re.search(r"^\| 2 +\| 12 +\| \d", (data.parent / "out" / "report.md").read_text(), re.MULTILINE)


def test_segments_are_those_that_the_rows_name(tmp_path):
    named = [{"metadata": {"rep": f"rep {number % 2}"}, "extra": {"language": ["en"]}} for number in range(60)]
    rows = [row | names for row, names in zip(told(), named, strict=True)]
    report = evaluated(written(tmp_path / "a.gz", rows))
    kinds = [(row["kind"], row["value"], row["n"]) for row in report["segments"]]
    assert kinds[:2] == [("rep", "rep 0", 30), ("rep", "rep 1", 30)]
    assert {kind for kind, _, _ in kinds} == {"rep", "length"}


def test_the_most_wrong_rows_are_named_by_id_and_line_without_their_words(data):
    found = evaluated(data)["extremes"]
    assert [len(found[side]) for side in ("over", "under")] == [10, 10]
    assert {"row", "id", "probability", "outcome", "turns", "words"} == set(found["over"][0])
    for row in found["over"]:
        assert row["id"] == f"call {row['row'] - 1}"
        assert told()[row["row"] - 1]["outcome"] == 0


def test_reasons_are_checked_when_asked_for(tmp_path):
    data = written(tmp_path / "a.gz", told(turns=8, extra={"cause_turns": {"need": [1], "odd": "none"}}))
    report = evaluated(data, faithfulness=True)["faithfulness"]
    assert report["n"] == report["long_enough"] == 60
    assert {"n", "share", "low", "high"} <= set(report["for"]) & set(report["against"])
    assert {"ours", "random", "ratio", "low", "high"} <= set(report["causes"])
    assert "## Faithful reasons" in (data.parent / "out" / "report.md").read_text()


def test_reasons_of_short_conversations_are_not_checked(data):
    found = evaluated(data, faithfulness=True)["faithfulness"]
    assert (found["n"], found["for"]["share"], found["causes"]) == (0, None, None)
    assert "faithfulness" not in evaluated(data)


def test_the_database_is_not_touched(data, django_db_blocker):
    with django_db_blocker.block():
        evaluated(data)


def test_the_whole_conversation_is_the_last_share(data):
    report = evaluated(data)
    last, row = report["by_share"][-1], report["rows"][-1]
    assert last["auc"] == pytest.approx(row["auc"])
    assert last["brier"] == pytest.approx(row["brier"])


def test_running_calls_are_measured_by_the_words_heard_beside_the_base_rate(data):
    first = evaluated(data)["by_words"][0]
    assert first["words"] == 8
    assert 20 <= first["n"] <= 60
    assert 0 < first["base_rate_brier"] <= 0.25
    assert "| words heard | calls that went on" in (data.parent / "out" / "report.md").read_text()


def test_a_column_that_is_the_outcome_is_named_in_both_reports(tmp_path):
    rows = [{**row, "metadata": {"won_on": 1 if row["outcome"] else None}} for row in told()]
    report = evaluated(written(tmp_path / "a.gz", rows))
    assert [found["what"] for found in report["guards"]] == ["won_on"]
    assert f"* {report['guards'][0]['text']}" in (tmp_path / "out" / "report.md").read_text()


def test_rows_of_one_customer_on_both_sides_are_counted(data):
    assert "shared_customer" in [found["guard"] for found in evaluated(data, "random-kfold")["guards"]]
    assert "shared_customer" not in [found["guard"] for found in evaluated(data)["guards"]]


def test_the_same_question_gets_the_same_answer(data):
    first, again = evaluated(data), evaluated(data)
    for one, other in zip(first["rows"], again["rows"], strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_the_positive_class_of_the_published_numbers_is_outcome_zero(data):
    report = evaluated(data, "eacl2021")
    rate = np.mean([row["outcome"] == 0 for row in told()])
    assert report["rows"][0]["ap"] == pytest.approx(rate, abs=0.02)
    assert report["positive_outcome"] == 0


def test_half_a_conversation_tells_less_than_the_whole(data):
    full, half = evaluated(data), evaluated(data, view="half")
    assert half["view"] == "half"
    assert half["rows"][-1]["brier"] > full["rows"][-1]["brier"]


@pytest.mark.parametrize("extra", [{}, {"n_half": math.inf}, {"n_half": 10**400}, {"n_half": 2.5}, {"n_half": True}])
def test_without_a_usable_half_the_turns_are_halved(tmp_path, extra):
    report = evaluated(written(tmp_path / "a.gz", told(extra=extra)), view="half", folds=2)
    assert any("n_half" in note for note in report["notes"])


def test_only_filters_all_rows(data):
    assert evaluated(data, only="extra.picked")["n"] == 20


def test_metadata_is_chosen_by_name_and_by_what_lies_above(data):
    rows = {choice: evaluated(data, metadata=choice)["rows"][2] for choice in ("none", "size", "place", "size,place")}
    assert rows["none"]["brier"] == pytest.approx(evaluated(data)["rows"][0]["brier"], abs=0.01)
    assert rows["size"]["auc"] != rows["place"]["auc"]


def test_a_limit_samples_whole_groups(data):
    report = evaluated(data, limit=21)
    assert report["n"] == 20
    assert report["counts"]["groups"] == 10


def test_rows_without_outcome_are_left_out_and_counted(tmp_path):
    rows = told() + [{**row, "outcome": None} for row in told(7)]
    report = evaluated(written(tmp_path / "a.gz", rows))
    assert (report["n"], report["counts"]["without_outcome"]) == (60, 7)


def test_without_text_there_are_features_only(tmp_path):
    report = evaluated(written(tmp_path / "a.gz", told(80, turns=0)))
    generic, tuned = report["rows"][-2:]
    assert {**generic, "name": "", "seconds": 0} == {**tuned, "name": "", "seconds": 0}
    assert generic["auc"] is not None


def test_a_number_that_cannot_exist_is_null(tmp_path):
    report = evaluated(written(tmp_path / "a.gz", told(20, outcome=1)))
    for row in report["rows"]:
        assert row["auc"] is row["auc_low"] is row["ap"] is None
        assert math.isfinite(row["brier"])


def test_two_odd_rows_are_enough_to_be_measured(tmp_path):
    odd = [
        {"id": 1, "group": None, "turns": [], "metadata": {"a": {"b": [1, None]}}, "outcome": 0, "extra": None},
        {"id": 1, "turns": [{"speaker": "Zoë", "text": "hi"}], "metadata": None, "outcome": 1},
    ]
    assert evaluated(written(tmp_path / "a.gz", odd), folds=2)["n"] == 2


def refused(data, **options):
    options = {"protocol": "grouped-kfold", "out": data.parent / "out"} | options
    with pytest.raises(CommandError) as refusal:
        call_command("evaluate_model", data=data, **options)
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"protocol": "leave-one-out"}, "--protocol"),
        ({"only": "extra.unknown"}, "extra.unknown"),
        ({"only": "extra.never"}, "extra.never"),
        ({"only": "split"}, "--only"),
        ({"metadata": "size,colour"}, "colour"),
        ({"folds": 1}, "--folds"),
        ({"limit": 0}, "--limit"),
        ({"encoder": "no-such-encoder"}, "no-such-encoder"),
        ({"config": '{"steps": "many"}'}, "steps"),
        ({"config": "{"}, "--config"),
        ({"config": '{"steps": -1}'}, "steps must be from 0"),
        ({"config": '{"learning_rate": Infinity}'}, "learning_rate must be from"),
    ],
)
def test_a_question_that_cannot_be_answered_ends_with_two(data, options, word):
    assert word in refused(data, **options)


@pytest.mark.parametrize("rows", [[], [{"id": "a", "outcome": None}], [{"id": "a", "outcome": 1}]])
def test_too_little_data_ends_with_two(tmp_path, rows):
    refused(written(tmp_path / "a.gz", rows))


def test_files_that_are_none_end_with_two(tmp_path):
    refused(tmp_path / "missing.gz")
    (tmp_path / "binary.gz").write_bytes(b"\x1f\x8b\x00\x01")
    refused(tmp_path / "binary.gz")
    (tmp_path / "text.jsonl").write_bytes(b"\xff\xfe\x00")
    refused(tmp_path / "text.jsonl")
    refused(tmp_path)


GIVEN = ["--data", "data.gz", "--protocol", "time", "--out", "out"]


@pytest.mark.parametrize(
    "arguments",
    [["--view", "quarter"], [], ["--data", "missing.gz", *GIVEN[2:]], [*GIVEN, "--encoder", "/nope"]],
)
def test_the_command_line_is_answered_in_one_line(tmp_path, arguments):
    written(tmp_path / "data.gz", told())
    command = [sys.executable, settings.BASE_DIR / "manage.py", "evaluate_model", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1


def test_between_its_lines_it_says_only_how_long_it_will_take(monkeypatch):
    moments, said = iter([0.0, 130.0, 130.0, 160.0]), []
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    tell = evaluate_model.told_to(said.append)
    tell(0.01, "")
    tell(0.01, "60 rows.")
    tell(0.25, "")
    assert said == ["  1% after 2.2 minutes. 60 rows.", " 25% after 2.7 minutes, about 8.0 minutes left."]
