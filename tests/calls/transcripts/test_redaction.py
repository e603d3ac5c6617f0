"""What redaction takes out, and the amounts, dates and counts that it leaves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.transcripts.redaction import redact

TAKEN = {
    "[EMAIL]": [
        "jane.doe+news@mail.example.co.uk",
        "jane dot doe at example dot com",
        "jane underscore doe four two at example dot co dot uk",
        "j, a, n, e at example dot com",
        "jane (at) example (dot) com",
        "jane at example.com",
        "jane punkt doe ät beispiel punkt de",
        "jane @ gmail . com",
        "jane @ gmail. com",
        "jane at gmail. com",
        "jane at example. co. uk",
    ],
    "[PHONE]": [
        "(415) 555-0132",
        "415-555-0132 ext. 12",
        "+1 415 555 0132",
        "+49 (0)30 1234567",
        "0049 30 123456",
        "06 12 34 56 78",
        "020 7946 0958",
        "555-0132",
        "415, 555, 0132",
        "415,555,0132",
        "415. 555. 0132",
        "4 1 5, 555, 0132",
        "0 4 1 5, 5 5 5, 0 1 3 2",
        "4 1 5. 5 5 5. 0 1 3 2",
        "4-1-5, 5-5-5, 0-1-3-2",
        "4 1 5 um 5 5 5, then 0 1 3 2",
        "4 1 5, triple 5, 0 1 3 2",
        "+ 4 9, 1 7 1, 1 2 3, 4 5 6 7",
    ],
    "[CARD]": [
        "4111 1111 1111 1111",
        "4111111111111111",
        "3782-822463-10005",
        "4111, 1111, 1111, 1111",
        "4 1 1 1, 1 1 1 1, 1 1 1 1, 1 1 1 1",
    ],
    "[IBAN]": [
        "D E eight nine, three seven oh four, 0 0 4 4, oh five three two, oh one three oh, zero zero",
        "G B 8 2 W E S T 1 2 3 4 5 6 9 8 7 6 5 4 3 2",
        "DE89 3704 0044 0532 0130 00",
        "gb82west12345698765432",
        "FR14 2004 1010 0505 0001 3M02 606",
    ],
    "[NUMBER]": [
        "123-45-6789",
        "12345678",
        "four one five, five five five, zero one three two",
        "four-one-five five five five oh one three two",
        "double seven four, um, triple nine one two",
        "four fifteen, five fifty five, oh one thirty two",
        "eight hundred five five five one two three four",
        "four 1 five 555 0132",
        "4, 1, 5, 5, 5, 5, 0, 1",
        "null eins sieben zwei drei vier fünf",
        "cero seis uno dos tres cuatro cinco",
    ],
}
KEPT = [
    "$1,250,000 or 20,000 dollars",
    "2.5 million, USD 1 000 000, 1250000 dollars, €1250000",
    "1.250.000,00 € or CHF 1'250'000 or ₹12,50,000",
    "from 10000 to 20000 and $500,000-$750,000",
    "twelve thousand five hundred dollars",
    "two hundred and fifty thousand, maybe three hundred",
    "one point two million, three point four five million",
    "one five zero zero zero zero dollars",
    "40 % of 1,234,567 rows, 1500000 users, 99.99 each, 12345.67 in all",
    "in 2019, 2020, 2021 and 2023-2024, in 2024. 1500 came",
    "on 2024-01-15 at 10:30, 15/01/2024, 1.12.2023, 2024-01-15T10:30:00",
    "10:30-11:45 and 10.30-11.45, 24/7, 365 days",
    "nineteen ninety nine to twenty twenty five",
    "19.99 29.99 39.99 each",
    "one two three, go; pin 1234, zip 94107",
    "we sold 12, 15, 137 and 20, then 100, 200, 3000",
    "look at example dot com, we met at Acme",
    "we arrived at ten. In May we left, meet at 5. no problem, they met at Acme. Net of that 3 @ 5. no more",
    "1.5, 2.5, 3.5, 4.5, scores of 3-1, 2-0, 4-4, 1-1, shares of 1, 2, 3, 4, 5, 6, 7 %",
    "$4, $1, $5, $5, $5, $5, $0 or 1, 2, 3, 4, 5, 6 and 7 dollars",
    "1 000 000. 2 000 000, steps 1, 2, 3. 4 5 6",
    "three hundred sixty five days, twenty four seven",
]
PIECES = st.sampled_from(
    [
        "four",
        "five",
        "one",
        "double",
        "oh",
        "twenty",
        "hundred",
        "thousand",
        "dollars",
        "1",
        "23",
        "555",
        "0132",
        "2024",
        "1,250,000",
        " ",
        ", ",
        "-",
        ".",
        "@",
        "a",
        "at",
        "dot",
        "com",
        "$",
        "+",
        "(",
        ")",
        "[EMAIL]",
        "DE89",
        "/",
        "users",
        "4111111111111111",
        "'",
    ]
)


@pytest.mark.parametrize(("mark", "said"), [(mark, said) for mark, all_said in TAKEN.items() for said in all_said])
def test_what_reaches_a_person_is_taken_out(mark: str, said: str):
    assert redact(f"So it is {said}; thank you") == f"So it is {mark}; thank you"


@pytest.mark.parametrize("said", KEPT)
def test_amounts_dates_and_counts_stay(said: str):
    assert redact(f"I think {said}.") == f"I think {said}."


@given(st.lists(PIECES, max_size=14).map(" ".join) | st.lists(PIECES, max_size=14).map("".join))
def test_redacting_again_changes_nothing(text: str):
    once = redact(text)
    assert redact(once) == once


@given(st.text(max_size=80))
def test_any_text_can_be_redacted(text: str):
    assert redact(redact(text)) == redact(text)


@given(
    st.integers(0, 10**9),
    st.sampled_from(["${:,}", "{:,} dollars", "USD {}", "{} euros", "€{:,}", "{:,}", "{:,.2f} EUR"]),
)
def test_money_stays_whatever_the_amount(amount: int, form: str):
    said = form.format(amount)
    assert redact(f"we pay {said} a year") == f"we pay {said} a year"


@given(st.integers(2, 9), st.lists(st.integers(0, 9), min_size=9, max_size=9), st.sampled_from(["", " ", "-", "."]))
def test_ten_figures_never_stay(first: int, others: list[int], separator: str):
    figures = "".join(map(str, [first, *others[:8], max(1, others[8])]))
    number = separator.join([figures[:3], figures[3:6], figures[6:]])
    assert number not in redact(f"call {number} tomorrow")


@given(
    st.lists(
        st.sampled_from(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "oh"]),
        min_size=6,
        max_size=16,
    )
)
def test_six_spoken_digits_never_stay(digits: list[str]):
    assert redact(f"it is {' '.join(digits)} okay") == "it is [NUMBER] okay"


PAUSES = st.sampled_from([" ", ", ", ". ", "; ", "... ", " - ", ", um, "])


@given(st.lists(st.tuples(st.integers(0, 9), PAUSES), min_size=10, max_size=16), st.integers(1, 999))
def test_figures_read_out_one_by_one_never_stay_and_an_amount_beside_them_does(said: list, amount: int):
    number = "7" + "".join(f"{pause}{digit}" for digit, pause in said)
    redacted = redact(f"call {number}, it costs {amount} dollars")
    assert not any(sign.isdigit() for sign in redacted.split(" it ")[0])
    assert redacted.endswith(f" it costs {amount} dollars")


@given(st.lists(st.tuples(st.integers(0, 9), PAUSES), max_size=5), st.sampled_from(["${}", "{} euros", "{} thousand"]))
def test_fewer_figures_and_amounts_behind_them_stay(said: list, form: str):
    text = "we have 7" + "".join(f"{pause}{digit}" for digit, pause in said) + ", and " + form.format(5)
    assert redact(text) == text


def test_a_long_text_that_is_nearly_an_address_comes_to_an_end():
    said = "jane dot doe at x dot " * 2000
    assert redact(said) == said


def test_two_numbers_beside_an_amount_are_told_apart():
    assert redact("call 415 555 0132 $50 now, twenty five thousand, four one five five five five") == (
        "call [PHONE] $50 now, twenty five thousand, [NUMBER]"
    )
