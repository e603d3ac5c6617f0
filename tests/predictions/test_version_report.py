"""The report of a version as files: all of it for whoever may see all, and never more than the API tells."""

import json
import re

import pytest
from django.urls import reverse

from calls.models import Call
from mltraining import attempt, training
from mltraining.models import ModelVersion, TrainingRun
from tests import factories
from tests.browser import rows
from tests.predictions import watching
from tests.small_models import small_set

pytestmark = pytest.mark.django_db

FORMATS = ("md", "json")
QUICK = {"encoder": "hashing", "tune": "projection", "steps": 12, "bootstraps": 30}
SECTIONS = [
    "Verdict", "Notes", "Calls", "Beside the baselines", "paired", "Along the conversation", "Reliability",
    "Thresholds", "Hits and misses", "Segments", "Lost, scored highest", "Won, scored lowest", "Training curve",
    "Checks for leaks", "Outcomes worth a second look", "Configuration",
]  # fmt: skip


def taken(client, reader, version, format):
    client.force_login(reader)
    return client.get(reverse("predictions:report", args=[version.pk, format]))


def markdown(client, reader, **report):
    return taken(client, reader, watching.version(report=report), "md").text


def words(line):
    """A line of a table without its alignment."""
    return " ".join(line.replace("|", " ").split())


def segment(kind, value, n=40, **fields):
    numbers = {"mean_predicted": 0.4, "observed": 0.35, "auc": 0.81, "auc_low": 0.7, "auc_high": 0.9, "brier": 0.161}
    return {"kind": kind, "value": value, "n": n, "won": 3, "too_small": n < 20, **numbers, **fields}


def mistake(call):
    return {"call": call.pk, "probability": 0.97, "outcome": 0, "turns": 4, "words": 1234}


@pytest.mark.parametrize(
    ("format", "content_type"), [("md", "text/markdown; charset=utf-8"), ("json", "application/json")]
)
def test_a_report_is_a_file_named_by_its_version(client, rep, format, content_type):
    version = watching.version(report=rows.REPORT)
    answer = taken(client, rep, version, format)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="version-{version.pk}-report.{format}"'
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Cache-Control"] == "no-store"


def test_no_other_format_is_known(client, rep):
    assert taken(client, rep, watching.version(), "exe").status_code == 404
    assert taken(client, rep, ModelVersion(pk=0), "md").status_code == 404


def test_the_page_leads_to_both_files(client, rep):
    version = watching.version(report=rows.REPORT)
    client.force_login(rep)
    text = client.get(reverse("predictions:model", args=[version.pk])).text
    for format in FORMATS:
        assert f'href="{reverse("predictions:report", args=[version.pk, format])}" download' in text


@pytest.fixture
def trained(settings, rep):
    """A version with the report of a real training."""
    settings.MIN_LABELS_PER_CLASS = 6
    Call.objects.filter(pk__in=[call.pk for call in small_set(48)[:24]]).update(rep=rep)
    run = TrainingRun.objects.create(config=training.configuration(QUICK).to_dict())
    return attempt.work(run.pk, training.claim(run.pk).attempts)


def test_the_markdown_of_a_training_has_every_section_in_order(client, admin, trained):
    text = taken(client, admin, trained, "md").text
    titles = re.findall("^## (.*)", text, re.MULTILINE)
    assert [title for title, part in zip(titles, SECTIONS, strict=True) if part not in title] == []
    for name in ("base_rate", "length_only", "metadata_only", "bag_of_words", "generic_encoder", "fine_tuned"):
        assert re.search(rf"^\| {name}\b", text, re.MULTILINE)
    assert f"by training run {trained.run_id}." in text
    assert "None" not in text.split("## Configuration")[0]


def test_the_json_holds_the_seen_report_beside_the_facts_of_the_version(client, admin, trained):
    text = taken(client, admin, trained, "json").text
    told = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert (told["id"], told["training_run"], told["encoder"]) == (trained.pk, trained.run_id, trained.encoder)
    assert told["config"]["tune"] == "projection"
    assert trained.report.keys() <= told["report"].keys()
    assert told["report"]["rows"] == trained.report["rows"]


def test_a_version_that_registered_the_generic_encoder_says_so(client, admin):
    curve = [{"step": 1, "loss": 3.0}, {"step": 2, "loss": 2.0}]
    text = markdown(client, admin, **rows.REPORT | {"chosen": "generic_encoder", "training_curve": curve})
    lines = [words(line) for line in text.splitlines()]
    assert any(line.startswith("generic_encoder, registered 0.8200 0.790–0.850") for line in lines)
    assert "## generic_encoder less each other row, paired" in lines
    assert "## Reliability (generic_encoder, bins of equal mass)" in lines
    assert "Fine-tuning did not win: this version reads with the encoder as it was." in lines
    assert not [line for line in lines if "registered" in line and "fine_tuned" in line]


def test_the_verdict_stands_with_its_reasons_in_words(client, admin):
    reasons = [{"passed": True, "text": "Beats the base rate."}, {"passed": False, "text": "ECE is 0.1."}]
    version = watching.version(report=rows.REPORT, verdict="ok", verdict_reasons=reasons)
    text = taken(client, admin, version, "md").text
    assert "## Verdict: OK\n\n* Passed: Beats the base rate.\n* Not passed: ECE is 0.1.\n" in text
    assert "Learned from 100 won and 120 lost calls of 60 customers. Base rate: 45.5%." in text
    assert "Took 3.2 minutes, at most 2,140 MB of memory, at most 5,210 MB of NVIDIA H100, device cuda." in text


def test_a_version_that_learned_from_an_erased_call_says_so_in_both(client, admin):
    version = watching.version(call_ids=[(call := factories.call(outcome="won")).pk])
    call.delete()
    assert "1 of them has been erased since. Train anew" in taken(client, admin, version, "md").text
    assert taken(client, admin, version, "json").json()["flags"][0]["code"] == "trained_with_erased_calls"


@pytest.fixture
def told(rep, stranger):
    """A version whose report is on two reps of two teams, each with a call that was scored wrongly."""
    calls = [factories.call(rep=who, team=who.team, pk=number) for who, number in ((rep, 70001), (stranger, 70002))]
    segments = [segment("rep", str(call.pk)) for call in calls] + [segment("language", "de")]
    return watching.version(
        report={"segments": segments, "extremes": {"over": [mistake(call) for call in calls], "under": []}}
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("who", "seen"), [("admin", {"rita", "sam"}), ("manager", {"rita"}), ("stranger", {"sam"})])
def test_reps_and_calls_are_told_to_whom_they_may(client, told, request, who, seen, format):
    text = taken(client, request.getfixturevalue(who), told, format).text
    calls = {"rita": "70001", "sam": "70002"}
    assert {name for name in calls if name in text} == seen
    assert {name for name, call in calls.items() if call in text} == seen


def test_what_is_kept_from_a_reader_is_counted(client, told, manager, admin):
    text = taken(client, manager, told, "md").text
    assert "1 rep more: their figures are for them, for who leads their team, and for admins." in text
    assert "1 call more that it was most wrong about: not for whoever asked for this file, or gone." in text
    assert " more" not in taken(client, admin, told, "md").text


def test_a_reader_who_may_see_no_part_is_told_that_there_is_one(client, told, rep):
    told.report["segments"] = told.report["segments"][1:2]
    told.report["extremes"]["over"] = told.report["extremes"]["over"][1:]
    told.save()
    text = taken(client, rep, told, "md").text
    assert "## Segments (fine_tuned)\n\n1 rep more" in text
    assert "## Scored most wrongly\n\n1 call more" in text


@pytest.mark.parametrize(("protocol", "how"), [("newest", ", the newest ones"), ("", "")])
def test_the_tested_calls_are_counted_with_how_they_were_chosen(client, admin, protocol, how):
    text = markdown(client, admin, counts={"won": 30, "lost": 70, "tested": 1025}, protocol=protocol)
    assert f"Base rate: 30.0%.\n\nTested on 1,025 calls{how}.\n" in text


def test_calls_are_told_by_their_number_and_nothing_that_was_said(client, told, admin):
    lines = [words(line) for line in taken(client, admin, told, "md").text.splitlines()]
    assert lines[(title := lines.index("## Lost, scored highest")) + 2] == "call probability turns words"
    assert lines[title + 4] == "70001 0.970 4 1,234"
    assert "language German 40 3 0.400 0.350 0.810 0.700–0.900 0.161 – –" in lines


@pytest.mark.parametrize("name", ["public|private", "public\nprivate", "public\\|private", "| | |\r\n# x"])
def test_no_name_of_a_segment_breaks_the_table(client, admin, name):
    text = markdown(client, admin, segments=[segment("segment", name), segment("segment", "other")])
    table = text[text.index("## Segments") :].split("\n\n")[1].splitlines()
    assert len(table) == 4
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in table} == {12}


@pytest.mark.parametrize("part", [None, *rows.REPORT, "rows"])
def test_a_report_from_before_there_was_a_part_is_told_without_it(client, admin, part):
    report = {} if part is None else {name: value for name, value in rows.REPORT.items() if name != part}
    version = watching.version(report=report)
    for format in FORMATS:
        assert taken(client, admin, version, format).status_code == 200


def test_a_version_without_a_report_claims_nothing_of_it(client, admin):
    titles = re.findall("^## (.*)", markdown(client, admin), re.MULTILINE)
    assert titles == ["Verdict: Ready"]


def test_numbers_that_rows_of_old_lack_are_dashes(client, admin):
    old = {"rows": [{"name": "fine_tuned", "auc": 0.86}], "paired": [{"against": "base_rate", "difference": 0.1}]}
    old |= {"by_share": [{"share": 0.5, "auc": 0.7}], "by_words": [{"words": 8, "brier": 0.2}]}
    old |= {"reliability": [{"mean_predicted": 0.2, "observed": 0.25, "count": 10}]}
    lines = [words(line) for line in markdown(client, admin, **old).splitlines()]
    for expected in ("fine_tuned, registered 0.8600", "base_rate AUC +0.1000 – –", "50% 0.7000", "0.200 0.250 – 10"):
        assert expected in lines
