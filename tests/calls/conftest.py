"""What tests of imports share."""

from pathlib import Path

import pytest
from django.core.management import call_command


@pytest.fixture
def run(db, capsys):
    def run(*paths: Path, **options) -> str:
        call_command("import_calls", *map(str, paths), **options)
        captured = capsys.readouterr()
        return captured.out + captured.err

    return run
