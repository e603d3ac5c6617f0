"""What one installation exports another one imports, with the same result."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from calls import ingest, labels
from calls.delivery import Delivery
from calls.models import Call, Customer, Label, Turn, User
from predictions.exports.asked import Asked
from predictions.exports.tables import TABLES
from tests import factories
from tests.factories import NOW

TURNS = [
    {"speaker": "Rita", "role": "rep", "text": "What made you look?", "start": 0.5, "end": 3.25},
    {"speaker": "Tom", "role": "customer", "text": "=SUM(A1) took days, “really”.\nEvery month!"},
    {"speaker": "Ann", "role": "other", "text": "Mail me: 20,000 dollars are set aside.", "start": 9.0},
]


@pytest.fixture
def people(rep, admin):
    return rep, admin


@pytest.fixture
def filled(people):
    """Two calls of a customer whose segment changed, one of an unknown customer, and evidence that was corrected."""
    rep, admin = people
    for number, segment in enumerate(["industry", "public"]):
        take(f"call-{number}", rep, admin, deal="deal-1", segment=segment, metadata={"employees": 250 + number})
    take("call-2", rep, admin, external_id="c-2", name="Beta", metadata={"size": 4, "plan": {"seats": [1, 2]}})
    admin_said = {"source": "person", "origin": admin.username, "author": admin}
    first = Call.objects.get(external_id="call-0")
    labels.record(call=first, outcome="lost", known_at=NOW + timedelta(days=2), note="No budget.", **admin_said)
    labels.record(call=first, outcome="won", known_at=NOW + timedelta(days=3), **admin_said)
    labels.record(deal="deal-1", outcome="won", source="crm", origin="hubspot", known_at=NOW + timedelta(days=4))
    second = Call.objects.get(external_id="call-2")
    labels.record(call=second, outcome="unclear", known_at=NOW + timedelta(days=2), blind=True, **admin_said)
    Customer.objects.filter(external_id="c-2").update(region="north")


def take(number: str, rep: User, admin: User, *, deal="", external_id="c-1", name="Acme", **customer) -> None:
    known = {"external_id": external_id, "name": name, **customer}
    ingest.receive(
        Delivery(
            source="crm", external_id=number, started_at=NOW, rep=rep.username, deal=deal, customer=known, turns=TURNS
        ),
        by=admin,
    )


def state() -> dict[str, list]:
    """What an installation holds, without the numbers of its rows."""
    of_call = (
        "source",
        "external_id",
        "started_at",
        "rep__username",
        "rep_name",
        "team__name",
        "customer__external_id",
    )
    more = ("customer_metadata", "deal", "language", "duration", "turn_count", "word_count", "statistics")
    outcome = ("outcome", "label_state", "outcome_known_at")
    of_label = (
        "call__external_id",
        "deal",
        "outcome",
        "source",
        "origin",
        "author__username",
        "note",
        "blind",
        "known_at",
    )
    return {
        "customers": list(Customer.objects.order_by("external_id").values("external_id", *Customer.TYPED, "metadata")),
        "calls": list(Call.objects.order_by("external_id").values(*of_call, *more, *outcome)),
        "turns": list(
            Turn.objects.order_by("call__external_id", "index").values(
                "call__external_id", "index", "speaker", "role", "text", "start", "end"
            )
        ),
        "labels": list(Label.objects.order_by("created_at").values(*of_label, "created_at")),
    }


def written(name: str, format: str = "jsonl") -> str:
    """The file of a table."""
    table = TABLES[name]
    return "".join(table.lines(table.rows_for(Asked(), format), format))


@pytest.fixture
def exported(filled, tmp_path):
    """The files, by table."""
    paths = {name: tmp_path / f"{name}.jsonl" for name in ("calls", "customers", "labels")}
    for name, path in paths.items():
        path.write_text(written(name))
    return paths


def emptied() -> None:
    Call.objects.all().delete()
    Label.objects.all().delete()
    Customer.objects.all().delete()


def imported(exported, *options: str) -> None:
    call_command("import_calls", exported["calls"], verbosity=0)
    call_command("import_customers", exported["customers"])
    call_command("import_labels", exported["labels"], *options)


def test_an_empty_installation_gets_the_same_calls_customers_labels_and_outcomes(exported, capsys):
    before = state()
    assert {call["label_state"] for call in before["calls"]} == {"verified", "single", "unlabelled"}
    emptied()
    imported(exported)
    after = state()
    for name in before:
        assert after[name] == before[name]
    assert "warning" not in capsys.readouterr().err


def test_the_new_installation_exports_what_the_old_one_did_statistics_too(exported):
    tables = ("calls", "customers", "labels", "statistics")
    before = [written(name, "csv") for name in tables]
    assert "talk_ratio" in before[-1]
    emptied()
    imported(exported)
    assert [written(name, "csv") for name in tables] == before


def test_the_audit_of_the_new_installation_tells_of_the_import(exported):
    emptied()
    before = list(TABLES["audit"].rows(Asked()))
    imported(exported)
    told = [row for row in TABLES["audit"].rows(Asked()) if row not in before]
    assert Counter(row["kind"] for row in told if row["action"] == "insert")["label"] == 4


def test_importing_again_adds_nothing(exported, capsys):
    emptied()
    imported(exported)
    before = state()
    capsys.readouterr()
    imported(exported)
    assert state() == before
    assert "0 added, 4 already there, 0 refused" in capsys.readouterr().out


def test_a_language_that_was_told_is_not_guessed_again(exported):
    line = json.loads(exported["calls"].read_text().splitlines()[0]) | {"language": "pt"}
    emptied()
    exported["calls"].write_text(json.dumps(line))
    call_command("import_calls", exported["calls"], verbosity=0)
    assert Call.objects.get().language == "pt"


def test_evidence_of_people_who_are_not_known_here_waits_for_them(exported, admin, capsys):
    before = len(Label.objects.all())
    emptied()
    User.objects.filter(pk=admin.pk).delete()
    call_command("import_calls", exported["calls"], verbosity=0)
    call_command("import_labels", exported["labels"])
    assert "1 added, 0 already there, 3 refused" in (said := capsys.readouterr()).out
    assert "There is no such user." in said.err
    call_command("import_labels", exported["labels"], "--create-people")
    assert Label.objects.count() == before
    assert not User.objects.get(username="ada").is_active


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[]", "no JSON object"),
        ('{"external_id": "x", "source": "crm"}', "There is no call"),
        ('{"deal": "d"}', "known_at"),
        ('{"deal": "d", "outcome": "won", "evidence_from": "rumour"}', "known_at"),
        ('{"deal": "d\\u0000", "source": 7, "external_id": ["a"]}', "expected a text"),
    ],
)
def test_a_line_that_is_no_evidence_is_refused_by_its_place(db, tmp_path, capsys, line, told):
    path = tmp_path / "labels.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(CommandError, match="Nothing could be imported"):
        call_command("import_labels", path)
    said = capsys.readouterr().err
    assert "line 2: " in said
    assert told in said


def test_a_customer_without_an_id_is_refused(db, tmp_path, capsys):
    path = tmp_path / "customers.jsonl"
    path.write_text('{"name": "Acme"}\n')
    with pytest.raises(CommandError):
        call_command("import_customers", path)
    assert "external_id: Missing" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(db, tmp_path, capsys):
    with pytest.raises(CommandError):
        call_command("import_labels", tmp_path / "gone.jsonl")
    assert "There is no such file" in capsys.readouterr().err


def test_labels_keep_their_order_of_arrival(db, tmp_path):
    call = factories.call(source="crm", external_id="a")
    table = TABLES["labels"]
    factories.label(call, "lost")
    factories.label(call, "won")
    lines = list(table.lines(table.rows(Asked()), "jsonl"))
    assert [json.loads(line)["outcome"] for line in lines] == ["lost", "won"]
