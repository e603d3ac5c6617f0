"""The pages of scorecards: begin, fill in, override, look back, take along."""

import csv
import io

import pytest
from django.urls import reverse

from calls.models import User
from predictions.models import Question, Scorecard, ScorecardTemplate
from predictions.scorecards import filling
from tests import factories

LIST = "/scorecards/"


@pytest.fixture
def call(rep):
    customer = factories.customer(name="Halden")
    return factories.call(rep=rep, team=rep.team, customer=customer, statistics={"talk_ratio": 0.6})


@pytest.fixture
def template(db):
    """The one that every installation starts with."""
    return ScorecardTemplate.objects.get()


@pytest.fixture
def lead(client, manager):
    client.force_login(manager)
    return client


def begin(client, call, template):
    return client.post(reverse("predictions:begin_scorecard", args=[call.pk]), {"template": template.pk})


def form_of(scorecard, **fields) -> dict:
    empty = {f"question-{answer.question_id}": "" for answer in scorecard.answers.all()}
    return {**empty, "note": "", **fields}


def questions(*rows, initial=0) -> dict:
    data = {"questions-TOTAL_FORMS": len(rows), "questions-INITIAL_FORMS": initial}
    for at, row in enumerate(rows):
        data |= {f"questions-{at}-{name}": value for name, value in {"answered_by": "person", **row}.items()}
    return data


def test_a_manager_begins_a_scorecard_and_finds_what_was_measured(lead, call, template):
    page = lead.get(reverse("predictions:call_scorecards", args=[call.pk]), headers={"HX-Request": "true"})
    assert "Fill in: Discovery call" in page.text
    answer = begin(lead, call, template)
    text = lead.get(answer.url).text
    assert "As found: no" in text
    assert "Talk ratio of the rep 60\u202f%; asked: at most 50\u202f%" in text


def test_answers_are_kept_and_the_result_is_shown(lead, manager, call, template):
    scorecard = filling.begin(template, call, by=manager)
    first, *_, fourth, _, _ = template.questions.all()
    fields = {f"question-{first.pk}": "1", f"question-{fourth.pk}": "5", "note": "Well done", "is_private": "on"}
    answer = lead.post(reverse("predictions:scorecard", args=[scorecard.pk]), form_of(scorecard, **fields), follow=True)
    assert "The scorecard is kept." in answer.text
    assert "found no, overridden" in answer.text
    scorecard.refresh_from_db()
    assert (scorecard.note, scorecard.is_private) == ("Well done", True)
    assert "100\u202f%" in lead.get(LIST).text


def test_an_answer_that_is_not_offered_is_refused_with_the_page(lead, manager, call, template):
    scorecard = filling.begin(template, call, by=manager)
    question = template.questions.first()
    answer = lead.post(
        reverse("predictions:scorecard", args=[scorecard.pk]), form_of(scorecard, **{f"question-{question.pk}": "7"})
    )
    assert answer.status_code == 422
    assert "none of those shown" in answer.text


def test_others_read_a_scorecard_and_cannot_answer_it(client, rep, manager, call, template):
    scorecard = filling.begin(template, call, by=manager)
    client.force_login(rep)
    address = reverse("predictions:scorecard", args=[scorecard.pk])
    assert "<textarea" not in client.get(address).text
    assert client.post(address, form_of(scorecard)).status_code == 403
    assert client.post(reverse("predictions:delete_scorecard", args=[scorecard.pk])).status_code == 404


def test_strangers_and_private_scorecards_stay_apart(client, stranger, rep, manager, call, template):
    scorecard = filling.begin(template, call, by=manager)
    Scorecard.objects.update(is_private=True)
    for person in (stranger, rep):
        client.force_login(person)
        assert client.get(reverse("predictions:scorecard", args=[scorecard.pk])).status_code == 404
        assert not client.get(LIST).context["page"].rows


def test_a_service_account_fills_nothing_in(client, team, call, template):
    client.force_login(factories.user(role=User.Role.INTEGRATION, teams=[team]))
    assert begin(client, call, template).status_code == 403


@pytest.mark.parametrize("named", ["0", "x", "", "9" * 5000])
def test_a_template_that_is_not_there_is_not_begun(lead, call, named):
    answer = lead.post(reverse("predictions:begin_scorecard", args=[call.pk]), {"template": named})
    assert answer.status_code == 404


def test_only_its_author_deletes_a_scorecard(lead, manager, call, template):
    scorecard = filling.begin(template, call, by=manager)
    lead.post(reverse("predictions:delete_scorecard", args=[scorecard.pk]))
    assert not Scorecard.objects.exists()


def test_a_manager_makes_a_template_for_a_team(lead, manager, rep):
    rows = questions(
        {"text": "Was the goal named?", "scale": "yes or no"},
        {"text": "Was it calm?", "scale": "yes or no", "answered_by": "statistic:talk_ratio", "at_most": "40"},
        {"scale": "yes or no"},
    )
    answer = lead.post(reverse("predictions:new_template"), {"name": "Closing", "team": rep.team.pk, **rows})
    made = ScorecardTemplate.objects.get(name="Closing")
    assert answer.url == reverse("predictions:template", args=[made.pk])
    assert list(made.questions.values_list("text", "at_most")) == [("Was the goal named?", None), ("Was it calm?", 0.4)]
    assert 'value="40.0"' in lead.get(answer.url).text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "?", "scale": "1 to 5", "answered_by": "next step"}, "answered with yes or no"),
        ({"text": "?", "scale": "yes or no", "answered_by": "statistic:talk_ratio"}, "from or up to which talk ratio"),
        ({"text": "", "scale": "words", "answered_by": "person"}, "This field is required."),
        ({"text": "?", "scale": "yes or no", "answered_by": "tracker:0"}, "Select a valid choice"),
    ],
)
def test_a_question_that_cannot_be_asked_is_said_beside_it(lead, rep, row, said):
    answer = lead.post(reverse("predictions:new_template"), {"name": "X", "team": rep.team.pk, **questions(row)})
    assert answer.status_code == 422
    assert said in answer.text
    assert not ScorecardTemplate.objects.filter(name="X").exists()


def test_a_template_asks_something(lead, rep):
    form = {"name": "X", "team": rep.team.pk, **questions({"scale": "yes or no"})}
    assert "at least one question" in lead.post(reverse("predictions:new_template"), form).text


def test_a_manager_changes_neither_the_template_of_all_nor_makes_one(lead, template):
    address = reverse("predictions:template", args=[template.pk])
    assert "<form" not in lead.get(address).text.split("</header>")[1]
    assert lead.post(address, {"name": "Mine"}).status_code == 403
    form = {"name": "Y", **questions({"text": "?", "scale": "words"})}
    assert lead.post(reverse("predictions:new_template"), form).status_code == 422


def test_a_name_is_taken_once_for_each_team(client, admin, template):
    client.force_login(admin)
    form = {"name": template.name, **questions({"text": "?", "scale": "words"})}
    assert "of this name already" in client.post(reverse("predictions:new_template"), form).text


def test_retiring_a_template_is_taken_back(client, admin, call, template):
    client.force_login(admin)
    address = reverse("predictions:retire_template", args=[template.pk])
    client.post(address)
    assert not ScorecardTemplate.objects.offered_for(call).exists()
    client.post(address, {"again": "1"})
    assert ScorecardTemplate.objects.offered_for(call).exists()


def test_removing_a_row_asks_the_question_no_longer(client, admin, template):
    client.force_login(admin)
    kept, *gone = template.questions.all()
    row = {"text": kept.text, "scale": kept.scale, "answered_by": "statistic:talk_ratio", "at_most": "50"}
    removed = [{"text": each.text, "scale": each.scale, "DELETE": "on"} for each in gone]
    form = {"name": template.name, **questions(row, *removed, initial=6)}
    client.post(reverse("predictions:template", args=[template.pk]), form)
    assert list(Question.objects.live()) == [kept]


def test_a_rep_makes_no_template(client, rep, template):
    client.force_login(rep)
    assert client.get(reverse("predictions:new_template")).status_code == 403
    assert client.post(reverse("predictions:retire_template", args=[template.pk])).status_code == 403


def test_the_csv_holds_an_answer_a_row_and_no_formula(lead, manager, rep, call, template):
    scorecard = filling.begin(template, call, by=manager)
    filling.save(scorecard, {}, note="=cmd()", is_private=False)
    hidden = filling.begin(template, call, by=rep)
    Scorecard.objects.filter(pk=hidden.pk).update(is_private=True)
    answer = lead.get(reverse("predictions:export", args=["scorecards", "csv"]))
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(rows) == 6
    assert rows[0]["note"] == "'=cmd()"
    assert (rows[0]["answer"], rows[0]["found"], rows[0]["overridden"]) == ("0", "0", "false")
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("count", [1, 10])
def test_the_list_costs_the_same_for_any_number_of_scorecards(
    lead, manager, rep, template, count, django_assert_max_num_queries
):
    for _ in range(count):
        held = factories.call(rep=rep, team=rep.team, customer=factories.customer())
        filling.begin(template, held, by=manager)
    with django_assert_max_num_queries(8):
        assert len(lead.get(LIST).context["page"].rows) == count


@pytest.mark.parametrize("query", ["template=x", "rep=0", "cursor=\0"])
def test_the_list_opens_whatever_stands_in_its_address(lead, query):
    assert lead.get(f"{LIST}?{query}").status_code == 200


def test_an_empty_list_says_where_to_begin(lead):
    assert "Open a call and begin a scorecard there" in lead.get(LIST).text
