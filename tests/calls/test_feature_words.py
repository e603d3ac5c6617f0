import pytest

from calls.feature_words import WORDS, measured, title
from calls.features import HISTORY, STATISTICS


def test_every_statistic_and_all_of_the_history_have_words():
    assert set(WORDS) == {*STATISTICS, *(f"history.{name}" for name in HISTORY)}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("talk_ratio", 0.4567, "Talk ratio of the rep: 46\u202f%"),
        ("history.earlier_talk_ratio", 0.3481, "Talk ratio of the rep in earlier calls: 35\u202f%"),
        ("questions_customer", 2.0, "Questions of the customer: 2"),
        ("history.earlier_questions_rep", 2.3333, "Questions of the rep in earlier calls: 2.3"),
        ("interactivity", 9.63, "Changes of speaker: 9.6 per 100 words"),
        ("patience", 0.444, "Patience of the rep: 0.44\u202fs"),
        ("history.days_since_last", 1.0, "Since the last call: 1 day"),
        ("history.days_since_last", 131.4, "Since the last call: 131 days"),
        ("longest_monologue", 1250.0, "Longest monologue of the rep: 1,250 words"),
        ("history.earlier_patience", None, "Patience of the rep in earlier calls: not known"),
        ("fleet.trucks", -12, "Fleet, trucks: −12"),
        ("segment", "industry", "Segment: industry"),
    ],
)
def test_a_feature_reads_as_a_person_would_say_it(name, value, expected):
    assert f"{title(name)}: {measured(name, value)}" == expected
