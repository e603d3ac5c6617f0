"""Uploading on the page: what comes is shown before it is kept, and only its owner sees and keeps it."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from calls import drafting, erasing, spool
from calls.models import Call, Draft, DraftCall
from tests import factories

UPLOAD = reverse("calls:upload")
HTMX = {"HX-Request": "true"}
TALK = "Rep: Good morning, what can I do for you?\nCustomer: We look for a new reporting tool this quarter.\n"
NAMELESS = "Anna: Good morning, my mail is anna@example.com.\nBen: We look for a new reporting tool.\nanyway\n"
KNOWN = {"customer": "C-1", "customer_name": "Halden", "started_at": "2026-03-02T09:00"}
TABLE = (
    "conversation_id,speaker,text\n"
    "c1,Rep,Good morning to you.\nc1,Customer,We need a tool.\nc2,Rep,Hello again.\nc2,Customer,Not this year.\n"
)


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def file(name="call.txt", content=TALK):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def zipped(**contents: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name.replace("_", "."), content)
    return target.getvalue()


def sent(visitor, *files, **fields):
    return visitor.post(UPLOAD, {**KNOWN, "file": list(files), **fields})


def read_all() -> list[DraftCall]:
    """As the worker does."""
    for pk in DraftCall.objects.filter(state=DraftCall.State.WAITING).values_list("pk", flat=True):
        drafting.read(pk)
    return list(DraftCall.objects.all())


def drafted(visitor, *files, **fields) -> DraftCall:
    sent(visitor, *files, **fields)
    return read_all()[0]


def page_of(draft_call: DraftCall) -> str:
    return reverse("calls:draft_call", args=[draft_call.pk])


def test_whoever_is_not_logged_in_is_sent_to_the_login(client, db):
    answer = client.get(UPLOAD)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_the_upload_form_knows_the_rep_already(visitor, rep):
    assert f'value="{rep.username}"' in visitor.get(UPLOAD).text


def test_a_pasted_conversation_is_shown_at_once_and_is_no_call_yet(visitor):
    answer = visitor.post(UPLOAD, {**KNOWN, "transcript": TALK}, follow=True)
    assert answer.redirect_chain[-1][0] == page_of(DraftCall.objects.get())
    assert "We look for a new reporting tool" in answer.text
    assert "Keep as a call" in answer.text
    assert not Call.objects.exists()


def test_kept_it_becomes_a_call_and_its_page_opens(visitor, rep):
    draft_call = drafted(visitor, transcript=TALK, rep=rep.username)
    roles = {"role-0": "rep", "role-1": "customer"}
    answer = visitor.post(page_of(draft_call), {**KNOWN, "rep": rep.username, **roles, "keep": "1"})
    call = Call.objects.get()
    assert answer.url == reverse("predictions:call", args=[call.pk])
    assert (call.customer.name, call.rep, call.state, call.turns.count()) == ("Halden", rep, "ready", 2)
    assert call.statistics["talk_ratio"]


def test_a_file_waits_encrypted_and_leaves_the_spool_once_it_is_read(visitor, django_capture_on_commit_callbacks):
    answer = sent(visitor, file())
    waiting = DraftCall.objects.get()
    assert "Being read" in visitor.get(answer.url).text
    with spool.storage().open(waiting.spool_name) as stored:
        assert b"reporting" not in stored.read()
    with django_capture_on_commit_callbacks(execute=True):
        (found,) = read_all()
    assert (found.state, found.spool_name, len(found.turns)) == ("read", "", 2)
    assert not spool.storage().exists(waiting.spool_name)


def test_a_page_that_waits_goes_to_what_was_read(visitor):
    answer = sent(visitor, file())
    text = visitor.get(answer.url, headers=HTMX).text
    assert 'hx-trigger="load delay:1s"' in text
    assert "0 of 1 file read" in text
    assert '<progress max="1" aria-label="Files read">' in text
    (found,) = read_all()
    assert visitor.get(answer.url, headers=HTMX).headers["HX-Redirect"] == page_of(found)
    assert visitor.get(answer.url).url == page_of(found)


def test_what_is_odd_and_what_was_taken_out_is_said_before_it_is_kept(visitor):
    text = visitor.get(page_of(drafted(visitor, file("odd.txt", NAMELESS)))).text
    assert "Lines that name no speaker were added to the turn before." in text
    assert "it was guessed from who speaks first" in text
    assert "1 × e-mail address" in text
    assert "anna@example.com" not in text
    assert "my mail is [EMAIL]" in text


def test_corrected_roles_are_those_of_the_call(visitor):
    draft_call = drafted(visitor, file("odd.txt", NAMELESS))
    assert [speaker.role for speaker in draft_call.speakers] == ["rep", "customer"]
    visitor.post(page_of(draft_call), {**KNOWN, "role-0": "customer", "role-1": "rep", "keep": "1"})
    call = Call.objects.get()
    assert [(turn.speaker, turn.role) for turn in call.turns.all()] == [("Anna", "customer"), ("Ben", "rep")]
    assert "roles_guessed" not in [warning["code"] for warning in call.warnings]
    assert call.file_name == "odd.txt"


def test_a_correction_is_shown_again_without_keeping_anything(visitor):
    draft_call = drafted(visitor, file("odd.txt", NAMELESS))
    facts = {**KNOWN, "customer": "C-2", "role-0": "customer", "role-1": "rep"}
    answer = visitor.post(page_of(draft_call), facts, follow=True)
    assert "Nothing is kept as a call yet" in answer.text
    assert 'value="C-2"' in answer.text
    assert '<li class="turn customer">' in answer.text.split(">What was read<")[1][:600]
    assert not Call.objects.exists()


@pytest.mark.parametrize("wrong", [{"customer": ""}, {"role-0": "boss"}, {"started_at": "0001-01-01T00:00"}])
def test_a_wrong_correction_is_refused_and_changes_nothing(visitor, wrong):
    draft_call = drafted(visitor, file())
    known = {**KNOWN, "role-0": "customer", "role-1": "rep", "keep": "1"}
    assert visitor.post(page_of(draft_call), known | wrong).status_code == 422
    assert DraftCall.objects.get().speakers[0].role == "rep"
    assert not Call.objects.exists()


def test_several_files_each_have_a_row_and_are_kept_together(visitor):
    answer = sent(visitor, file("a.txt"), file("b.txt", NAMELESS), file("empty.txt", ""), file("odd.bin", b"\0\1"))
    read_all()
    text = visitor.get(answer.url).text
    assert text.count("Cannot be read") == 2
    assert "The file is empty." in text
    visitor.post(reverse("calls:keep_draft", args=[Draft.objects.get().pk]))
    assert sorted(Call.objects.values_list("file_name", flat=True)) == ["a.txt", "b.txt"]
    assert visitor.get(answer.url).text.count("Kept") == 2


def test_a_zip_and_a_table_become_a_row_for_each_conversation(visitor):
    answer = sent(visitor, file("calls.zip", zipped(a_txt=TALK, b_csv=TABLE, c_txt="")), file("d.txt"))
    found = read_all()
    names = [(each.number, str(each), each.state) for each in found]
    assert names == [
        (1, "a.txt", "read"), (2, "d.txt", "read"), (3, "b.csv: c1", "read"), (4, "b.csv: c2", "read"),
        (5, "c.txt", "refused"),
    ]  # fmt: skip
    assert "The file is empty." in visitor.get(answer.url).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(_x="x"), "no file"),
        (zipped(a_txt=TALK)[:-30], "damaged"),
        (zipped(a_txt=TALK * 99), "more than 5,000 bytes"),
    ],
)
def test_a_zip_that_cannot_be_unpacked_says_why(visitor, settings, content, said):
    settings.MAX_UPLOAD_BYTES = 5_000
    answer = sent(visitor, file("calls.zip", content))
    (found,) = read_all()
    assert (found.state, found.spool_name) == ("refused", "")
    assert said in visitor.get(answer.url).text


def test_an_office_file_is_refused_at_once_and_in_words(visitor):
    answer = sent(visitor, file("call.docx", zipped(a_txt=TALK)))
    assert answer.status_code == 422
    assert "zip or office file" in answer.text


def test_only_so_many_conversations_of_one_file_are_taken(visitor, monkeypatch):
    monkeypatch.setattr("calls.draft_files.MOST", 1)
    sent(visitor, file("b.csv", TABLE))
    kept, counted = read_all()
    assert kept.state == "read"
    assert "1 more conversations of this file were left out" in counted.reason


def test_the_same_content_is_named_before_it_is_kept_a_second_time(visitor, rep):
    for _ in range(2):
        drafted(visitor, transcript=TALK)
    first, second = DraftCall.objects.order_by("pk")
    drafting.keep(first.pk, by=rep)
    assert "Here already." in visitor.get(page_of(second)).text
    assert not drafting.keep(second.pk, by=rep).created
    assert Call.objects.count() == 1


def test_a_call_of_somebody_else_with_the_same_content_is_not_named(visitor, client, stranger, rep):
    client.force_login(stranger)
    drafting.keep(drafted(client, transcript=TALK).pk, by=stranger)
    client.force_login(rep)
    sent(client, transcript=TALK)
    second = DraftCall.objects.latest("pk")
    assert "Here already" not in client.get(page_of(second)).text
    assert drafting.keep(second.pk, by=rep).created


def test_what_is_kept_leads_to_its_call_and_holds_no_words_any_more(visitor, rep):
    draft_call = drafted(visitor, transcript=TALK)
    drafting.keep(draft_call.pk, by=rep)
    draft_call.refresh_from_db()
    assert draft_call.turns == []
    assert visitor.get(page_of(draft_call)).url == reverse("predictions:call", args=[draft_call.call_id])


def test_the_draft_of_a_call_that_was_erased_since_can_be_looked_at(visitor, rep):
    draft_call = drafted(visitor, transcript=TALK)
    erasing.erase_calls([drafting.keep(draft_call.pk, by=rep).call.pk])
    answer = visitor.get(page_of(draft_call), follow=True)
    assert (answer.status_code, len(answer.redirect_chain)) == (200, 1)


def test_nothing_that_can_be_read_is_refused_on_the_form(visitor):
    answer = sent(visitor, file("empty.txt", ""), transcript="")
    assert answer.status_code == 422
    assert answer.text.count("The file is empty.") == 1
    assert not Draft.objects.exists()


def test_nothing_to_upload_says_what_to_do(visitor):
    answer = visitor.post(UPLOAD, KNOWN)
    assert answer.status_code == 422
    assert "Choose at least one file" in answer.text


def test_a_call_in_the_future_is_refused_in_words(visitor):
    tomorrow = (timezone.now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M")
    answer = sent(visitor, transcript=TALK, started_at=tomorrow)
    assert answer.status_code == 422
    assert "lies in the future" in answer.text


def test_a_rep_of_another_team_is_refused_before_anything_is_read(visitor, stranger):
    answer = sent(visitor, file(), rep=stranger.username)
    assert answer.status_code == 422
    assert "your own teams only" in answer.text


def test_thrown_away_nothing_is_left_but_what_was_kept(visitor, rep):
    sent(visitor, file("a.txt"), file("b.txt", NAMELESS), file("c.txt"))
    waiting = DraftCall.objects.last().spool_name
    drafting.read(DraftCall.objects.first().pk)
    drafting.keep(DraftCall.objects.first().pk, by=rep)
    visitor.post(reverse("calls:discard_draft", args=[Draft.objects.get().pk]))
    assert not Draft.objects.exists()
    assert Call.objects.count() == 1
    assert waiting


def test_of_several_one_is_thrown_away_and_with_the_last_the_draft(visitor):
    sent(visitor, file("a.txt"), file("b.txt", NAMELESS))
    first, second = read_all()
    answer = visitor.post(reverse("calls:discard_draft_call", args=[first.pk]))
    assert answer.url == reverse("calls:draft", args=[second.draft_id])
    answer = visitor.post(reverse("calls:discard_draft_call", args=[second.pk]))
    assert answer.url == UPLOAD
    assert not Draft.objects.exists()


def test_a_draft_that_waits_is_found_again_on_the_upload_page(visitor):
    draft_call = drafted(visitor, transcript=TALK)
    assert reverse("calls:draft", args=[draft_call.draft_id]) in visitor.get(UPLOAD).text


def test_nobody_else_sees_or_keeps_a_draft_not_even_an_admin(visitor, client, admin):
    draft_call = drafted(visitor, transcript=TALK)
    client.force_login(admin)
    for name in ("draft_call", "discard_draft_call"):
        assert client.post(reverse(f"calls:{name}", args=[draft_call.pk])).status_code == 404
    assert client.get(reverse("calls:draft", args=[draft_call.draft_id])).status_code == 404
    with pytest.raises(drafting.DraftOver):
        drafting.keep(draft_call.pk, by=admin)


@pytest.mark.parametrize("count", [2, 9])
def test_the_page_costs_the_same_for_any_number_of_files(visitor, count, django_assert_max_num_queries):
    answer = sent(visitor, *(file(f"{number}.txt", f"{TALK}Rep: {number}\n") for number in range(count)))
    read_all()
    with django_assert_max_num_queries(7):
        assert visitor.get(answer.url).text.count("Not kept yet") == count


def test_a_rejected_call_becomes_readable_where_the_same_file_can_be_read_now(visitor, rep):
    draft_call = drafted(visitor, file())
    key = f"{draft_call.content_hash}-{rep.pk}"
    factories.call(
        (), source="upload", external_id=key, rep=rep, state=Call.State.REJECTED, content_hash=draft_call.content_hash
    )
    drafting.keep(draft_call.pk, by=rep)
    assert Call.objects.get().state == Call.State.READY
