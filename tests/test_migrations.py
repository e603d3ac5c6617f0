"""A migration leaves the code before it working, because for a while both run on one database."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db.migrations import Migration
from django_migration_linter import MigrationLinter

# Numbers up to which migrations are older than this rule.
OLDER = {"calls": 13, "mltraining": 3, "predictions": 15}
HOW = "See docs/operation.md, Upgrade: add a column with db_default, drop or rename one a release later."


def migrations() -> list[tuple[str, str]]:
    files = [(app, path.stem) for app in OLDER for path in Path(settings.BASE_DIR, app, "migrations").glob("[0-9]*.py")]
    return sorted((app, name) for app, name in files if int(name[:4]) > OLDER[app])


def complaints(app: str, name: str, capsys) -> str:
    """What the linter says of a migration that it refuses; else nothing."""
    linter = MigrationLinter(include_apps=[app], no_cache=True, quiet=["warning"])
    linter.lint_migration(migration(linter, app, name))
    said = capsys.readouterr().out
    return said if linter.has_errors else ""


def migration(linter: MigrationLinter, app: str, name: str) -> Migration:
    return linter.migration_loader.get_migration(app, name)


def test_no_new_migration_breaks_the_release_before_it(db, capsys):
    refused = [said for app, name in migrations() if (said := complaints(app, name, capsys))]
    assert refused == [], HOW


def test_a_column_that_the_code_before_would_not_fill_is_refused(db, capsys):
    assert "NOT NULL constraint" in complaints("calls", "0012_evidence_may_be_unclear", capsys)


@pytest.mark.parametrize("app", OLDER)
def test_the_numbers_of_older_migrations_exist(app):
    assert list(Path(settings.BASE_DIR, app, "migrations").glob(f"{OLDER[app]:04}_*.py"))
