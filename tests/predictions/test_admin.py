"""The admin: every list opens, labelling goes through the evidence, nothing else changes a call."""

import re
from pathlib import Path

import pytest
from django.contrib import admin as django_admin
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from calls import spool
from calls.models import Call, Customer, Label
from tests import factories
from tests.predictions import watching

CALLS = reverse("admin:calls_call_changelist")
QUEUE = reverse("admin:calls_call_queue")


OURS = [
    model for model in django_admin.site._registry if model._meta.app_label in ("calls", "mltraining", "predictions")
]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_list_opens(desk, model):
    assert desk.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")).status_code == 200


@pytest.mark.parametrize("model", ["call", "label"])
def test_a_long_name_is_cut_in_the_list_and_whole_in_its_title(desk, model):
    factories.call(source="upload", external_id="7f" * 32, outcome="won")
    factories.label(None, deal="D-1")
    page = desk.get(reverse(f"admin:calls_{model}_changelist")).content.decode()
    assert f'<span title="upload/{"7f" * 32}">upload/7f7f' in page
    assert page.count("7f" * 32) == 1


@pytest.mark.parametrize("words", ["ALL-17", "deal-8", "mann & s", "crm-4"])
def test_a_call_is_found_by_a_part_of_its_id_its_deal_and_its_customers_name_and_id(desk, words):
    factories.call(external_id="call-99")
    customer = factories.customer("crm-402", name="Hoffmann & Sons")
    wanted = factories.call(external_id="call-17", deal="deal-81", customer=customer)
    found = desk.get(CALLS, {"q": words}).context["cl"].result_list
    assert list(found) == [wanted]


def test_the_head_of_the_queue_says_where_one_is(desk):
    head = desk.get(QUEUE).content.decode().split('id="content"')[0]
    assert re.findall(r'tracking-tight">\s*(.*?)\s*<', head)[-1] == "Labelling queue"


def test_a_rep_does_not_get_in(client, rep):
    client.force_login(rep)
    assert client.get(CALLS).status_code == 302


def test_the_call_page_shows_transcript_and_evidence_beside_the_label_form(desk):
    call = factories.call(outcome="won")
    page = desk.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()
    assert "set aside a budget" in page
    assert "won by crm" in page
    assert 'name="new_outcome"' in page


def test_transcripts_are_shown_as_text(desk):
    call = factories.call((("customer", "<script>alert(1)</script>"),))
    page = desk.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()
    assert "<script>alert(1)" not in page


def test_the_label_form_adds_evidence_in_the_persons_name(desk, admin):
    call = factories.call()
    desk.post(reverse("admin:calls_call_change", args=[call.pk]), {"new_outcome": "lost", "note": "called back"})
    call.refresh_from_db()
    assert (call.outcome, call.labels.get().author) == ("lost", admin)


def test_many_calls_are_marked_at_once(desk):
    calls = [factories.call() for _ in range(3)]
    desk.post(CALLS, {"action": "mark_won", "_selected_action": [call.pk for call in calls]})
    assert Call.objects.filter(outcome="won").count() == 3


def test_the_queue_asks_for_conflicts_first(desk):
    factories.call()
    disputed = factories.call(outcome="won")
    factories.label(disputed, "lost", origin="somebody else")
    Call.objects.filter(pk=disputed.pk).update(label_state="conflict", outcome="", outcome_known_at=None)
    assert desk.get(QUEUE).context["call"] == disputed


def test_one_answer_labels_and_moves_on(desk):
    first, second = factories.call(), factories.call()
    desk.post(QUEUE, {"call": first.pk, "answer": "won"})
    first.refresh_from_db()
    assert first.outcome == "won"
    assert desk.get(QUEUE).context["call"] == second


def test_the_score_of_a_call_is_the_one_that_the_list_shows(desk):
    call = factories.call()
    serving = watching.prediction(call, 0.4, band="C")
    watching.prediction(call, 0.9, band="A", version=watching.version("candidate"))
    assert "40%, band C" in desk.get(reverse("admin:calls_call_change", args=[call.pk])).text
    assert desk.get(QUEUE).context["prediction"] == serving


def test_skipping_labels_nothing(desk):
    call = factories.call()
    desk.post(QUEUE, {"call": call.pk, "answer": "skip"})
    assert not Label.objects.exists()
    assert "what you skipped still waits" in desk.get(QUEUE).content.decode()
    desk.post(QUEUE, {"answer": "again"})
    assert desk.get(QUEUE).context["call"] == call


@pytest.fixture
def managers_desk(client, manager):
    """Staff with every permission of Django's, and still no admin."""
    manager.is_staff = True
    manager.save()
    manager.user_permissions.set(Permission.objects.filter(content_type__app_label="calls"))
    client.force_login(manager)
    return client


@pytest.mark.parametrize("model", ["call", "label", "customer"])
def test_staff_who_are_no_admins_find_only_what_they_may_see(managers_desk, team, model):
    for name, whose in (("Secretive", None), ("Halden", team)):
        customer = factories.customer(name, name=name)
        factories.call(external_id=f"{name}-1", team=whose, outcome="won", customer=customer)
    page = managers_desk.get(reverse(f"admin:calls_{model}_changelist")).content.decode()
    assert "Halden" in page
    assert "Secretive" not in page


def test_a_table_labels_no_call_that_whoever_brings_it_may_not_see(managers_desk):
    factories.call(external_id="42")
    preview = uploaded(managers_desk, "label", "source,external_id,outcome\ntest,42,lost\n")
    assert "There is no call with this source and external_id" in preview.content.decode()


@pytest.mark.parametrize("named", ["", "x", "\0", "0"])
def test_an_answer_for_no_call_is_not_found(desk, named):
    assert desk.post(QUEUE, {"call": named, "answer": "won"}).status_code == 404


def test_an_empty_queue_says_so(desk):
    assert "Nothing waits for a label" in desk.get(QUEUE).content.decode()


def test_the_history_names_who_changed_what(desk, admin):
    call = factories.call()
    desk.post(QUEUE, {"call": call.pk, "answer": "won"})
    page = desk.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()
    assert f"{admin.username}: outcome won" in page


def test_a_call_is_shared_by_name_and_the_history_tells_with_whom(desk, stranger):
    call = factories.call()
    address = reverse("admin:calls_call_change", args=[call.pk])
    for people in ([stranger], []):
        desk.post(address, {"new_outcome": "", "note": "", "shared_with": [person.pk for person in people]})
        assert Call.objects.visible_to(stranger).exists() == bool(people)
    page = desk.get(address).content.decode()
    assert "ada: shared with sam" in page
    assert "ada: no longer shared with sam" in page


def uploaded(desk, model: str, text: str | bytes):
    """Through both steps of an import: the dry run, then the confirmation."""
    preview = previewed(desk, model, text)
    confirm = preview.context.get("confirm_form")
    if confirm is not None:
        desk.post(reverse(f"admin:calls_{model}_process_import"), confirm.initial)
    return preview


def previewed(desk, model: str, text: str | bytes, **how):
    file = SimpleUploadedFile("table.csv", text.encode() if isinstance(text, str) else text, "text/csv")
    form = {"import_file": file, "format": "0", "resource": "0"}
    return desk.post(reverse(f"admin:calls_{model}_import"), form, **how)


def test_outcomes_come_in_by_csv(desk):
    call = factories.call(external_id="42")
    uploaded(desk, "label", "source,external_id,outcome,known_at\ntest,42,won,2026-03-20\n")
    call.refresh_from_db()
    assert (call.outcome, call.labels.get().source) == ("won", "crm")


def test_a_bad_row_is_named_and_nothing_is_taken(desk):
    factories.call(external_id="42")
    preview = uploaded(desk, "label", "source,external_id,outcome\ntest,42,won\ntest,43,lost\n")
    assert "There is no call with this source and external_id" in preview.content.decode()
    assert not Label.objects.exists()


def test_customers_come_in_by_csv_and_empty_cells_keep_what_is_known(desk):
    factories.customer("c-1", name="Old name", segment="small")
    uploaded(desk, "customer", "external_id,name,segment\nc-1,New name,\nc-2,Second,large\n")
    assert list(Customer.objects.order_by("external_id").values_list("name", "segment")) == [
        ("New name", "small"),
        ("Second", "large"),
    ]


def test_faults_of_a_table_are_shown_by_line_and_column_without_a_traceback(desk):
    page = uploaded(desk, "customer", "external_id,metadata\nc-1,\nc-2,pro\n").content.decode()
    assert "<td" in page
    assert [each in page for each in (">3</td>", "<code>metadata</code>", "Expected a JSON object")] == [True] * 3
    page = uploaded(desk, "customer", "name\nHalden\n").content.decode()
    assert "Expected columns: external_id, name, segment" in page
    assert "Traceback" not in page
    assert not Customer.objects.exists()


def test_only_the_first_of_very_many_faults_are_shown(desk):
    page = uploaded(desk, "label", "deal,outcome\n" + "d-1,perhaps\n" * 120).content.decode()
    assert page.count("<code>outcome</code>") == 100
    assert "the first 100 of 120 lines" in page


def test_a_table_in_another_encoding_comes_in_with_a_word_of_warning(desk):
    preview = uploaded(desk, "customer", "external_id;name\nc-1;Café\n".encode("cp1252"))
    assert "The file is not UTF-8" in preview.content.decode()
    assert Customer.objects.get().name == "Café"


def test_a_spreadsheet_that_is_no_csv_is_refused_beside_the_file(desk):
    preview = uploaded(desk, "customer", b"PK\x03\x04rest")
    assert "This is a zip archive or office document, not text." in preview.context["form"].errors["import_file"][0]


@pytest.mark.parametrize("size", [2_000, 3_000_000])
def test_too_large_a_table_is_refused_in_words(desk, settings, size):
    settings.MAX_UPLOAD_BYTES = 1_000
    page = previewed(desk, "customer", "external_id\n" + "x" * size, follow=True)
    assert "The file is too large: at most 1000\xa0bytes are accepted." in page.content.decode()


def test_a_table_without_its_csrf_token_is_still_refused(admin):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    assert previewed(client, "customer", "external_id\nc-1\n").status_code == 403


def test_a_table_waits_for_its_confirmation_encrypted_and_goes_with_it(desk):
    factories.call(source="test", external_id="42")
    held = Path(spool.storage().location)
    table = "source,external_id,outcome,note\ntest,42,won,call 0151 23456789\n"
    confirm = previewed(desk, "label", table).context["confirm_form"].initial
    waiting = held / confirm["import_file_name"]
    assert spool.get(waiting.name) == table.encode()
    assert b"23456789" not in waiting.read_bytes()
    desk.post(reverse("admin:calls_label_process_import"), confirm)
    assert not waiting.exists()


def test_what_changed_between_preview_and_confirmation_is_said(desk):
    call = factories.call(external_id="42")
    confirm = previewed(desk, "label", "source,external_id,outcome\ntest,42,won\n").context["confirm_form"].initial
    call.delete()
    for said in ("something has changed since the preview", "This file was confirmed before"):
        page = desk.post(reverse("admin:calls_label_process_import"), confirm, follow=True)
        assert said in page.content.decode()
    assert not Label.objects.exists()


def test_an_export_cannot_start_a_formula(desk):
    factories.customer("c-1", name="=HYPERLINK(1)")
    url = reverse("admin:calls_customer_export")
    answer = desk.post(
        url, {"format": "0", "resource": "0", "customertable_external_id": "on", "customertable_name": "on"}
    )
    assert "\n" in answer.content.decode()
    assert "=HYPERLINK" not in answer.content.decode()


def test_the_admin_list_costs_a_fixed_number_of_queries(desk, django_assert_max_num_queries):
    for _ in range(12):
        factories.call(customer=factories.customer())
    with django_assert_max_num_queries(20):
        desk.get(CALLS)
