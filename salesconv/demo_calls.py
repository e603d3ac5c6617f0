"""The sample calls of `make demo`: most with their outcome, some told it once they were scored, some open."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from calls.models import Call

SAMPLE_CALLS = int(os.environ.get("DEMO_CALLS", "400"))
OPEN_CALLS = 20  # the newest
LATE_OUTCOMES = SAMPLE_CALLS // 8  # of the calls before those
SEED = 7
SOURCE = "sample"
UNTOLD = {"outcome": None, "known_at": None}


def deliver() -> str:
    """Through the ingest, unless there are calls already; in words what was done."""
    if Call.objects.exists():
        return f"{Call.objects.count()} calls are there already"
    call_command("make_sample_calls", count=SAMPLE_CALLS, seed=SEED, open=OPEN_CALLS, out=str(file("sample_calls")))
    write("delivered", (row | UNTOLD if is_late else row for row, is_late in drawn()))
    call_command("import_calls", str(file("delivered")), source=SOURCE, create_people=True)
    return f"{SAMPLE_CALLS} sample calls were made and sent through the ingest"


def tell_late_outcomes() -> str:
    """What scores promised is only seen beside what happened where the score came first. May run twice."""
    late = [row | {"known_at": timezone.now().isoformat()} for row, is_late in drawn() if is_late]
    untold = Call.objects.filter(source=SOURCE, external_id__in=[row["id"] for row in late], outcome="").count()
    if untold:
        write("outcomes", late)
        call_command("import_calls", str(file("outcomes")), source=SOURCE)
    return f"{untold} of them have ended since"


def file(name: str) -> Path:
    return Path(settings.VAR_DIR) / f"{name}.jsonl.gz"


def drawn() -> Iterator[tuple[dict[str, Any], bool]]:
    """Each call as it was drawn, and whether its outcome is told late. None where the calls came otherwise."""
    if not file("sample_calls").exists():
        return iter(())
    with gzip.open(file("sample_calls"), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    last = len(rows) - OPEN_CALLS
    return ((row, last - LATE_OUTCOMES <= number < last) for number, row in enumerate(rows))


def write(name: str, rows: Iterable[dict[str, Any]]) -> None:
    with gzip.open(file(name), "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
