"""Who is rep and who is customer."""

import pytest

from calls.transcripts import Transcript, read_text, read_turns


def roles(*speakers: str, **options) -> dict[str, str]:
    return {turn.speaker: turn.role for turn in transcript(*speakers, **options).turns}


def transcript(*speakers: str, **options) -> Transcript:
    return read_turns([{"speaker": speaker, "text": "words"} for speaker in speakers], **options)


@pytest.mark.parametrize(
    "word", ["Agent", "REP", "Sales Rep", "Agent 2", "seller_1", "Jane (Sales)", "Customer Support", "assistant", "AE"]
)
def test_words_for_reps(word: str):
    assert roles(word, "Bob") == {word: "rep", "Bob": "customer"}


@pytest.mark.parametrize("word", ["Customer", "client", "Buyer", "Caller 1", "user", "Prospect", "CUSTOMER"])
def test_words_for_customers(word: str):
    assert roles(word, "Bob") == {word: "customer", "Bob": "rep"}


def test_a_known_side_leaves_nothing_to_guess():
    assert "roles_guessed" not in {warning.code for warning in transcript("Agent", "Bob").warnings}


def test_the_named_rep_is_rep_in_any_spelling():
    for name in ("rita.moss@example.com", "Moss, Rita", "RITA MOSS"):
        assert roles("Carl Hale", "Rita Moss (Northwind)", rep_names=[name])["Carl Hale"] == "customer"


def test_everybody_else_is_customer_once_a_rep_is_known():
    assert roles("Ann", "Rep", "Bob") == {"Ann": "customer", "Rep": "rep", "Bob": "customer"}


def test_without_a_sign_the_first_to_speak_is_taken_for_the_rep_and_it_is_said():
    found = transcript("Ann", "Bob", "Cid")
    assert [turn.role for turn in found.turns] == ["rep", "customer", "customer"]
    assert [warning.code for warning in found.warnings] == ["roles_guessed"]


def test_one_word_for_both_sides_tells_nothing():
    assert roles("agent_2", "agent_1") == {"agent_2": "rep", "agent_1": "customer"}


def test_machines_and_unnamed_speakers_are_neither():
    assert roles("Operator", "Agent", "Customer")["Operator"] == "other"
    assert read_text("a line before\nRep: hello\nCustomer: hi").turns[0].role == "other"


def test_the_caller_has_the_last_word():
    assert roles("Agent", "Customer", roles={"Agent": "customer", "Customer": "rep"}) == {
        "Agent": "customer",
        "Customer": "rep",
    }


def test_a_role_in_the_file_goes_before_the_label():
    turns = [{"speaker": "Ann", "role": "customer", "text": "a"}, {"speaker": "Bob", "role": "rep", "text": "b"}]
    assert [turn.role for turn in read_turns(turns).turns] == ["customer", "rep"]
