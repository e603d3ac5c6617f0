import pytest
from hypothesis import given
from hypothesis.strategies import text

from calls.formulas import harmless, restored


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 171", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''+1", "\uff1d1"]
)
def test_a_spreadsheet_never_sees_a_formula(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=b", "it's", "'tis", "3 - 2", "\u2018quoted\u2019"])
def test_other_words_stay_as_they_are(cell):
    assert harmless(cell) == restored(cell) == cell


@given(text(alphabet="'=+-@\t\r\nab\uff1d", max_size=6))
def test_every_text_comes_back_the_same(original):
    assert restored(harmless(original)) == original
