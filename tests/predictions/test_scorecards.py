"""Questions about a call, answered by people or by what the product knows."""

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from calls.models import Team
from predictions.models import Answer, Insight, Question, Scorecard, ScorecardTemplate, Tracker
from predictions.scorecards import filling
from predictions.scorecards.filling import Said, ScorecardRefused
from predictions.scorecards.results import by_question, by_rep
from tests import factories

YES_NO, ONE_TO_FIVE, WORDS = Question.Scale.YES_NO, Question.Scale.ONE_TO_FIVE, Question.Scale.WORDS


@pytest.fixture(autouse=True)
def none_to_start_from(db):
    ScorecardTemplate.objects.all().delete()


@pytest.fixture
def call(rep):
    return factories.call(rep=rep, team=rep.team, statistics={"talk_ratio": 0.6, "questions_rep": 2.0})


def template(*questions, team: Team | None = None, name="Discovery") -> ScorecardTemplate:
    made = ScorecardTemplate.objects.create(name=name, team=team)
    made.ask(questions)
    return made


def asked(text="Was it clear?", scale=YES_NO, **fields) -> Question:
    return Question(text=text, scale=scale, **fields)


def talk_ratio(**limits) -> Question:
    return asked("Did the rep listen?", automatic="statistic", statistic="talk_ratio", **limits)


def only_answer(question, call, by) -> Answer:
    return filling.begin(template(question, name=f"T{question.text}"), call, by=by).answers.get()


@pytest.mark.parametrize(
    ("limits", "found"),
    [({"at_most": 0.6}, 1), ({"at_most": 0.5}, 0), ({"at_least": 0.6}, 1), ({"at_least": 0.2, "at_most": 0.4}, 0)],
)
def test_a_statistic_answers_by_its_limits(call, manager, limits, found):
    assert only_answer(talk_ratio(**limits), call, manager).found == found


def test_a_found_answer_says_what_it_rests_on(call, manager):
    answer = only_answer(talk_ratio(at_most=0.5), call, manager)
    assert answer.basis == "Talk ratio of the rep 60\u202f%; asked: at most 50\u202f%"
    assert answer.in_words == "No"


def test_a_statistic_that_is_not_known_answers_nothing(call, manager):
    patience = asked(automatic="statistic", statistic="patience", at_most=2)
    assert only_answer(patience, call, manager).value is None


@pytest.mark.parametrize(("said_by", "found", "turn"), [("", 1, 3), ("customer", 1, 3), ("rep", 0, None)])
def test_a_tracker_answers_by_who_said_it_and_where(call, manager, said_by, found, turn):
    tracker = Tracker.objects.create(name="Money", kind="price", phrases=["budget"])
    answer = only_answer(asked(automatic="tracker", tracker=tracker, said_by=said_by), call, manager)
    assert (answer.found, answer.turn) == (found, turn)


def test_the_insight_answers_whether_a_next_step_was_agreed(call, manager):
    assert only_answer(asked("Early?", automatic="next step"), call, manager).found is None
    step = {"what": "Send the offer", "quotes": [{"turn": 2, "quote": "a good result"}]}
    Insight.objects.create(
        call=call, kind="sales_analysis", prompt_version="1", input_hash="h", model="m", latency_ms=1,
        content={"next_steps": [step]},
    )  # fmt: skip
    answer = only_answer(asked("Late?", automatic="next step"), call, manager)
    assert (answer.found, answer.turn) == (1, 2)


def test_beginning_twice_makes_one_scorecard(call, manager, rep):
    made = template(asked())
    assert filling.begin(made, call, by=manager) == filling.begin(made, call, by=manager)
    assert filling.begin(made, call, by=rep) != filling.begin(made, call, by=manager)
    assert Answer.objects.count() == 2


def test_an_answer_of_a_person_overrides_what_was_found_and_gives_it_back(call, manager):
    scorecard = filling.begin(template(talk_ratio(at_most=0.5)), call, by=manager)
    (question,) = scorecard.template.questions.all()
    filling.save(scorecard, {question.pk: Said(1)}, note="", is_private=False)
    answer = scorecard.answers.get()
    assert (answer.value, answer.found, answer.is_overridden) == (1, 0, True)
    filling.save(scorecard, {question.pk: Said()}, note="", is_private=False)
    answer.refresh_from_db()
    assert (answer.value, answer.is_overridden) == (0, False)


@pytest.mark.parametrize(("scale", "value"), [(YES_NO, 2), (ONE_TO_FIVE, 0), (ONE_TO_FIVE, 6), (WORDS, 1)])
def test_an_answer_beside_the_scale_is_refused_and_changes_nothing(call, manager, scale, value):
    scorecard = filling.begin(template(asked(scale=scale)), call, by=manager)
    with pytest.raises(ScorecardRefused, match="has no answer"):
        filling.save(scorecard, {scorecard.answers.get().question_id: Said(value)}, note="n", is_private=True)
    assert Scorecard.objects.get().note == ""


def test_the_result_is_the_mean_of_shares_and_words_do_not_count(call, manager):
    questions = [asked("a"), asked("b", ONE_TO_FIVE), asked("c", WORDS), asked("d", ONE_TO_FIVE)]
    scorecard = filling.begin(template(*questions), call, by=manager)
    first, second, third, _ = scorecard.template.questions.all()
    said = {first.pk: Said(1), second.pk: Said(2), third.pk: Said(words="Call 0171 5554433.")}
    filling.save(scorecard, said, note="", is_private=False)
    assert Scorecard.objects.with_result().get().result == pytest.approx((1 + 0.25) / 2)
    assert "5554433" not in Answer.objects.get(question=third).words


def test_a_private_scorecard_is_its_authors_alone(call, manager, rep, admin, stranger):
    scorecard = filling.begin(template(asked()), call, by=manager)
    filling.save(scorecard, {}, note="", is_private=True)
    people = (manager, rep, admin, stranger)
    assert [Scorecard.objects.visible_to(each).exists() for each in people] == [True, False, False, False]
    filling.save(scorecard, {}, note="", is_private=False)
    assert [Scorecard.objects.visible_to(each).exists() for each in people] == [True, True, True, False]


def test_a_template_of_another_team_is_not_offered(call, manager, stranger):
    other = template(asked(), team=stranger.team)
    with pytest.raises(ScorecardRefused, match="not offered"):
        filling.begin(other, call, by=manager)


def test_a_retired_template_and_one_without_questions_are_not_offered(call, manager):
    retired = template(asked())
    ScorecardTemplate.objects.filter(pk=retired.pk).update(is_retired=True)
    assert not ScorecardTemplate.objects.offered_for(call).exists()
    template(name="Empty")
    assert not ScorecardTemplate.objects.offered_for(call).exists()


def test_who_edits_which_template(manager, rep, admin, stranger):
    everybodys, norths, souths = template(), template(team=rep.team), template(team=stranger.team)
    editable = [set(ScorecardTemplate.objects.editable_by(each)) for each in (rep, manager, admin)]
    assert editable == [set(), {norths}, {everybodys, norths, souths}]
    assert set(ScorecardTemplate.objects.visible_to(rep)) == {everybodys, norths}


def test_changing_a_question_asks_another_and_keeps_what_was_answered(call, manager):
    made = template(asked("Old words?"), asked("Stays?"))
    scorecard = filling.begin(made, call, by=manager)
    made.ask([asked("Stays?"), asked("New words?")])
    assert [question.text for question in made.questions.live()] == ["Stays?", "New words?"]
    assert scorecard.answers.filter(question__text="Old words?", question__is_retired=True).exists()


def test_a_question_that_nobody_answered_leaves_nothing_behind(db):
    made = template(asked("Old?"))
    made.ask([asked("New?")])
    assert list(Question.objects.values_list("text", flat=True)) == ["New?"]


def test_the_database_lets_nobody_reword_a_question(db):
    question = template(asked()).questions.get()
    question.text = "Something else?"
    with pytest.raises(ProgrammingError), transaction.atomic():
        question.save()


@pytest.mark.parametrize(
    "fields",
    [
        {"scale": ONE_TO_FIVE, "automatic": "next step"},
        {"automatic": "statistic", "statistic": "talk_ratio"},
        {"automatic": "statistic", "at_most": 1},
        {"automatic": "tracker"},
        {"statistic": "talk_ratio"},
    ],
)
def test_the_database_refuses_questions_that_answer_themselves_by_nothing(db, fields):
    made = template()
    with pytest.raises(IntegrityError), transaction.atomic():
        made.ask([asked(**fields)])


def test_results_are_means_of_one_value_a_scorecard(call, manager, rep, stranger):
    made = template(asked("a"), talk_ratio(at_most=0.5))
    other = factories.call(rep=stranger, statistics={"talk_ratio": 0.1})
    for held, by, said in ((call, manager, 1), (call, rep, 0), (other, rep, 1)):
        scorecard = filling.begin(made, held, by=by)
        question = scorecard.template.questions.get(text="a")
        filling.save(scorecard, {question.pk: Said(said)}, note="", is_private=False)
    first, second = by_question(Scorecard.objects.all())
    assert (first.mean.value, first.mean.count) == (pytest.approx(2 / 3), 3)
    assert second.mean.value == pytest.approx(1 / 3)
    assert [(row.name, row.mean.value, row.mean.count) for row in by_rep(Scorecard.objects.all())] == [
        ("sam", 1.0, 1),
        ("rita", 0.25, 2),
    ]
