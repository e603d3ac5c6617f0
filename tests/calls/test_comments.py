"""Comments at a turn: who sees them, who is told, and what can be done with the own ones."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, Comment, Notice, User
from tests import factories

HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(rep) -> Call:
    return factories.call(rep=rep, team=rep.team, customer=factories.customer(name="Halden"))


@pytest.fixture
def speak(client, call):
    """Somebody says something of a turn, through the page."""

    def said(person: User, text: str, *, index: int = 1, key=None, **headers: str):
        client.force_login(person)
        address = reverse("calls:thread", args=[call.pk, index])
        return client.post(address, {"text": text, "key": str(key or uuid4())}, headers=headers or HTMX)

    return said


def told() -> set[tuple[str, str]]:
    return set(Notice.objects.values_list("person__username", "why"))


def test_a_comment_stands_at_its_turn_on_the_page_of_the_call(client, speak, call, rep, manager):
    speak(manager, "Ask <b>when</b> the budget ends.")
    client.force_login(rep)
    turn = client.get(reverse("predictions:call", args=[call.pk])).text.split('id="turn-1"')[1].split('id="turn-2"')[0]
    assert "Ask &lt;b&gt;when&lt;/b&gt; the budget ends." in turn


def test_without_scripts_a_comment_leads_back_to_its_turn(speak, call, manager):
    answer = speak(manager, "Good question.", accept="text/html")
    assert answer.url == reverse("predictions:call", args=[call.pk]) + "#turn-1"


def test_a_stranger_can_neither_read_nor_write_comments(client, speak, call, manager, stranger):
    speak(manager, "Between us.")
    assert speak(stranger, "Hello!").status_code == 404
    pk = Comment.objects.get().pk
    for address in ("thread", "comment", "edit_comment", "delete_comment"):
        args = [call.pk, 1] if address == "thread" else [pk]
        assert client.get(reverse(f"calls:{address}", args=args)).status_code == 404


def test_people_named_are_told_if_they_see_the_call(speak, call, rep, manager, stranger):
    answer = speak(rep, "@Mona, what would @sam say? mail x@mona.com")
    assert told() == {("mona", "mention")}
    assert "Told: mona." in answer.text
    assert "Nobody who sees this call is called sam." in answer.text
    assert '<b class="mention">@Mona</b>' in answer.text
    assert '<b class="mention">@sam</b>' not in answer.text


def test_whoever_spoke_at_the_turn_and_the_rep_are_told_once_each(speak, call, rep, manager, admin):
    speak(manager, "First.")
    speak(admin, "Elsewhere.", index=2)
    Notice.objects.all().delete()
    speak(admin, "@mona and @rita, second.")
    assert told() == {("mona", "mention"), ("rita", "mention")}
    Notice.objects.all().delete()
    speak(admin, "Third.")
    assert told() == {("mona", "reply"), ("rita", "own call")}


def test_nobody_is_told_of_the_own_words(speak, rep):
    speak(rep, "@rita remember this.")
    assert told() == set()


def test_who_left_the_team_is_not_told_and_sees_no_notice_any_more(client, speak, call, rep, manager):
    speak(manager, "First.")
    speak(rep, "@mona look.")
    manager.teams.clear()
    speak(rep, "@mona again.")
    assert Notice.objects.filter(person=manager).count() == 1
    assert not Notice.objects.visible_to(manager).exists()


def test_a_form_sent_twice_says_it_once(speak, rep, manager):
    key = uuid4()
    for _ in range(2):
        speak(manager, "Twice.", key=key)
    assert Comment.objects.count() == Notice.objects.count() == 1


def test_another_comment_from_a_form_that_was_sent_before_is_refused_and_not_lost(speak, rep):
    key = uuid4()
    speak(rep, "First.", key=key)
    answer = speak(rep, "Second.", key=key)
    assert "has sent another comment before" in answer.text
    assert "Second." in answer.text
    assert Comment.objects.get().text == "First."


def test_numbers_and_addresses_are_taken_out_but_names_of_people_stay(speak, call, rep):
    factories.user("jane@acme.com", role=User.Role.ADMIN)
    speak(rep, "@jane@acme.com: call 0171 5550132 or write to bob@acme.com.")
    comment = Comment.objects.get()
    assert comment.text == "@jane@acme.com: call [PHONE] or write to [EMAIL]."
    assert comment.mentions == ["jane@acme.com"]


@pytest.mark.parametrize(("text", "reason"), [(" \0 ", "needs words"), ("x" * 2001, "At most 2,000 characters")])
def test_what_cannot_be_kept_is_refused_in_words_and_not_lost(speak, rep, text, reason):
    answer = speak(rep, text)
    assert reason in answer.text
    assert text.strip("\0 ") in answer.text
    assert not Comment.objects.exists()


def test_the_own_comment_can_be_changed_and_who_is_named_then_is_told(client, speak, rep, manager):
    speak(rep, "Look.")
    comment = Comment.objects.get()
    answer = client.post(reverse("calls:edit_comment", args=[comment.pk]), {"text": "Look, @mona."}, headers=HTMX)
    comment.refresh_from_db()
    assert comment.text == "Look, @mona."
    assert comment.edited_at
    assert told() == {("mona", "mention")}
    assert ", changed" in answer.text


def test_whoever_spoke_after_a_comment_is_told_nothing_when_it_is_corrected(client, speak, rep, manager):
    speak(rep, "Lok.")
    first = Comment.objects.get()
    speak(manager, "Seen.")
    Notice.objects.all().delete()
    client.force_login(rep)
    client.post(reverse("calls:edit_comment", args=[first.pk]), {"text": "Look."}, headers=HTMX)
    assert told() == set()


def test_deleting_asks_first_and_takes_the_notices_along(client, speak, rep, manager):
    speak(rep, "Wrong, @mona.")
    address = reverse("calls:delete_comment", args=[Comment.objects.get().pk])
    assert "cannot be brought back" in client.get(address, headers=HTMX).text
    assert Comment.objects.exists()
    client.post(address, headers=HTMX)
    assert not Comment.objects.exists()
    assert not Notice.objects.exists()


def test_nobody_changes_or_deletes_the_words_of_another(client, speak, rep, admin):
    speak(rep, "Mine.")
    pk = Comment.objects.get().pk
    client.force_login(admin)
    assert client.post(reverse("calls:edit_comment", args=[pk]), {"text": "Yours."}).status_code == 404
    assert client.post(reverse("calls:delete_comment", args=[pk])).status_code == 404


def test_those_who_can_be_named_are_exactly_those_who_see_the_call(call, rep, manager, stranger, admin, team):
    colleague = factories.user("cleo", role=User.Role.REP, team=team)
    led = factories.user("lena", role=User.Role.MANAGER, team=team)
    gone = factories.user("gone", role=User.Role.ADMIN, is_active=False)
    shared = factories.user("shea", role=User.Role.REP)
    call.shared_with.add(shared)
    teamless = factories.call(rep=stranger)
    nowhere = factories.user("nora", role=User.Role.MANAGER)
    people = [rep, manager, stranger, admin, colleague, led, gone, shared, nowhere]
    for each in (call, teamless):
        seeing = {person for person in people if Call.objects.visible_to(person).filter(pk=each.pk).exists()}
        assert set(each.readers()) == seeing


def test_many_comments_cost_the_page_no_more_queries(client, call, rep, manager, django_assert_max_num_queries):
    turns = list(call.turns.all())
    for number in range(12):
        Comment.objects.create(turn=turns[number % 4], author=manager, text=f"Number {number}")
    client.force_login(rep)
    with django_assert_max_num_queries(15):
        assert "Number 11" in client.get(reverse("predictions:call", args=[call.pk])).text


def test_a_comment_goes_with_its_call(speak, call, rep, manager):
    speak(rep, "@mona")
    call.delete()
    assert not Notice.objects.exists()


def test_the_header_counts_what_is_new_and_following_a_notice_reads_it(client, speak, call, rep, manager):
    speak(rep, "@mona look.")
    speak(rep, "@mona here, too.", index=3)
    client.force_login(manager)
    assert client.get("/notices/").context["unread_notices"]() == 2
    newest = Notice.objects.newest_first().first()
    answer = client.get(reverse("calls:notice", args=[newest.pk]))
    assert answer.url == reverse("predictions:call", args=[call.pk]) + "#turn-3"
    text = client.get("/").text
    assert '<span class="count">1<span class="visually-hidden"> unread</span>' in text


def test_all_notices_can_be_read_at_once_and_keep_the_moment(client, speak, rep, manager):
    speak(rep, "@mona one.")
    early = timezone.now() - timedelta(days=1)
    Notice.objects.update(read_at=early)
    speak(rep, "@mona two.")
    client.force_login(manager)
    client.post(reverse("calls:read_notices"))
    assert not Notice.objects.unread().exists()
    assert Notice.objects.filter(read_at=early).count() == 1


def test_notices_of_others_are_not_found(client, speak, rep, manager, admin):
    speak(rep, "@mona look.")
    client.force_login(admin)
    assert client.get(reverse("calls:notice", args=[Notice.objects.get().pk])).status_code == 404
    assert "mentioned you" not in client.get(reverse("calls:notices")).text


@pytest.mark.parametrize("count", [2, 20])
def test_the_list_of_notices_costs_the_same_for_any_number(
    client, call, rep, manager, count, django_assert_max_num_queries
):
    for turn in list(call.turns.all()) * (count // 2):
        comment = Comment.objects.create(turn=turn, author=rep, text="Look.")
        Notice.objects.create(person=manager, comment=comment, why=Notice.Why.MENTION)
    client.force_login(manager)
    with django_assert_max_num_queries(4):
        assert client.get(reverse("calls:notices"), headers=HTMX).text.count("mentioned you") == min(count * 2, 8)
