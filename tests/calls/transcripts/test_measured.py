"""Redaction is measured on sentences that nobody looked at while it was written; docs/privacy.md tells the table."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.calls.transcripts.measuring import in_markdown, measure, of_all
from tests.calls.transcripts.personal import PERSONAL
from tests.calls.transcripts.said import sentences

SEED, UNSEEN_HALF, EACH = 2, 1, 300


@pytest.fixture(scope="module")
def table():
    return measure(sentences(SEED, UNSEEN_HALF, EACH))


def test_nearly_all_that_is_personal_is_found_and_little_else(table):
    recall, precision = of_all(table)
    assert recall >= 0.98
    assert precision >= 0.95


@pytest.mark.parametrize("kind", PERSONAL)
def test_no_kind_is_forgotten(table, kind):
    assert table[kind].recall >= 0.9


def test_the_docs_tell_what_is_measured(table):
    told = (Path(settings.BASE_DIR) / "docs/privacy.md").read_text()
    assert in_markdown(table) in told
    assert "recall {:.3f}, precision {:.3f}".format(*of_all(table)) in told


def test_the_same_seed_gives_the_same_sentences():
    assert list(sentences(3, 0, 2)) == list(sentences(3, 0, 2))
