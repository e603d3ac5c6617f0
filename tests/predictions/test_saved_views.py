"""Saved views of the list of calls: own ones, shared ones, and nobody else's."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from calls.models import User
from predictions.saved_views import SavedView, canonical
from tests import factories


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def save(client, name="Hot", query="band=A&sort=likeliest", **fields):
    return client.post(reverse("predictions:saved_views"), {"name": name, "query": query, **fields}, follow=True)


def names(person: User) -> list[str]:
    return [view.name for view in SavedView.objects.visible_to(person).in_order(person)]


def test_filters_and_order_are_kept_under_a_name_and_open_again(visitor, rep):
    answer = save(visitor)
    assert "Saved as Hot." in answer.text
    view = SavedView.objects.get()
    assert (view.owner, view.query) == (rep, "band=A&sort=likeliest")
    assert '?band=A&amp;sort=likeliest" aria-current="true">Hot</a>' in answer.text


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("sort=newest&band=B&band=A", "band=A&band=B&sort=newest"),
        ("q=&period=30&cursor=abc", "period=30"),
        ("q=two+words", "q=two+words"),
        ("q=%00", ""),
        ("", ""),
    ],
)
def test_the_same_list_is_written_the_same_way(query, kept):
    assert canonical(QueryDict(query)) == kept


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "x" * 61}, "needs a name"),
        ({"query": "q=&cursor=1"}, "shows all calls"),
        ({"query": f"q={'x' * 2000}"}, "too many filters"),
    ],
)
def test_what_cannot_be_a_view_is_refused_in_words(visitor, fields, said):
    assert said in save(visitor, **fields).text
    assert not SavedView.objects.exists()


def test_a_name_is_taken_once_for_each_person(visitor, manager):
    SavedView.objects.create(owner=manager, name="Hot", query="band=B")
    save(visitor)
    assert "called Hot already" in save(visitor, query="band=D").text
    assert SavedView.objects.filter(name="Hot").count() == 2


def test_a_view_is_shared_with_a_team_and_with_whoever_leads_it(visitor, rep, manager, team, stranger):
    colleague = factories.user("cleo", role=User.Role.REP, team=team)
    save(visitor, team=team.pk)
    save(visitor, name="Mine")
    assert names(rep) == ["Hot", "Mine"]
    assert names(colleague) == names(manager) == ["Hot"]
    assert names(stranger) == []


def test_nobody_shares_with_the_team_of_others(visitor, stranger):
    assert "your own teams only" in save(visitor, team=stranger.team.pk).text
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("key", ["0", "9" * 5000], ids=["zero", "thousands of digits"])
def test_a_team_that_is_not_there_is_not_found(visitor, key):
    assert visitor.post(reverse("predictions:saved_views"), {"name": "Hot", "team": key}).status_code == 404


def test_somebody_without_a_team_sees_no_view_that_is_not_shared(db, rep):
    SavedView.objects.create(owner=rep, name="Mine", query="band=A")
    assert names(factories.user(role=User.Role.REP)) == []


def test_only_its_owner_deletes_a_view(visitor, client, rep, manager, team):
    view = SavedView.objects.create(owner=rep, name="Hot", query="band=A", team=team)
    address = reverse("predictions:delete_view", args=[view.pk])
    client.force_login(manager)
    assert client.post(address).status_code == 404
    client.force_login(rep)
    assert "Deleted: Hot." in client.post(address, follow=True).text
    assert not SavedView.objects.exists()


def test_own_views_come_before_shared_ones(rep, manager, team):
    SavedView.objects.create(owner=manager, name="A shared one", query="band=A", team=team)
    SavedView.objects.create(owner=rep, name="My own", query="band=B")
    assert names(rep) == ["My own", "A shared one"]


def test_the_views_follow_the_filters_while_one_chooses(visitor, rep):
    SavedView.objects.create(owner=rep, name="Hot", query="band=A")
    text = visitor.get("/", {"band": "A"}, headers={"HX-Request": "true"}).text
    assert 'hx-swap-oob="true"' in text
    assert '?band=A" aria-current="true">Hot</a>' in text


@pytest.mark.parametrize("count", [1, 8])
def test_the_page_of_views_costs_the_same_for_any_number(visitor, manager, team, count, django_assert_max_num_queries):
    for number in range(count):
        SavedView.objects.create(owner=manager, name=f"View {number}", query="band=A", team=team)
    with django_assert_max_num_queries(4):
        assert visitor.get(reverse("predictions:saved_views")).text.count("by mona") == count
