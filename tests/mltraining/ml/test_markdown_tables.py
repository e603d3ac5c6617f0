"""Tables of a report: whatever data say stands in its cell, and what no row has takes no place."""

import re

import pytest

from mltraining.ml.markdown_tables import aligned, interval, plain, table

UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*\|")  # a pipe that ends a cell


@pytest.mark.parametrize("text", ["a|b", "a\nb", "a\\|b", "a\\", "a\r\n\n| b |", "a\u2028b", "a\x0b|\x85b", "|---|"])
def test_no_text_breaks_its_row(text):
    lines = aligned(("segment", "n"), [(text, "3"), ("other", "4")])
    assert [line for part in lines for line in part.splitlines()] == lines
    assert [len(UNESCAPED.findall(line)) for line in lines] == [3] * 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("![x](https://example.com/seen.png)", r"!\[x\](https://example.com/seen.png)"),
        ("<script>&lt;", r"\<script\>\&lt;"),
        ("*all* `of` _it_ ~~was~~", r"\*all\* \`of\` \_it\_ \~\~was\~\~"),
        ("fine_tuned, 5–10 %", "fine_tuned, 5–10 %"),
        ("__row__", r"\_\_row\_\_"),
    ],
)
def test_markup_of_data_is_read_as_it_was_written(text, told):
    assert plain(text) == told


def test_a_metric_that_no_row_has_gets_no_column():
    head, _, first, second = table([{"name": "a", "auc": 0.5, "ap": None}, {"name": "b", "brier": 0.25}]).splitlines()
    assert head.split() == ["|", "row", "|", "AUC", "|", "Brier", "|"]
    assert first.split() == ["|", "a", "|", "0.5000", "|", "–", "|"]
    assert second.split() == ["|", "b", "|", "–", "|", "0.2500", "|"]


@pytest.mark.parametrize("row", [{}, {"low": None, "high": None}, {"low": 0.1}])
def test_an_interval_without_both_ends_is_none(row):
    assert interval(row) == "–"
