"""How much of what is personal redaction finds, and how much of what it takes out is personal."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from calls.transcripts.redaction import redact
from tests.calls.transcripts.nobodys import NOBODYS
from tests.calls.transcripts.personal import PERSONAL
from tests.calls.transcripts.said import Sentence

MARK = re.compile(r"\[(?:EMAIL|PHONE|CARD|IBAN|NUMBER)\]")


@dataclass
class Measured:
    sentences: int = 0
    found: int = 0  # nothing of it is left
    wrong: int = 0  # marks where nothing personal stood, and sentences of which more was taken than was personal

    @property
    def recall(self) -> float:
        return self.found / self.sentences if self.sentences else 1.0


def is_found(one: Sentence, redacted: str) -> bool:
    """All of it was replaced, and only marks stand where it was."""
    middle = redacted.removeprefix(one.before).removesuffix(one.after)
    return bool(MARK.search(middle)) and not re.search(r"\w", MARK.sub("", middle))


def is_cut(one: Sentence, redacted: str) -> bool:
    """Words around it went, too."""
    return not (redacted.startswith(one.before) and redacted.endswith(one.after))


def measure(said: Iterable[Sentence]) -> dict[str, Measured]:
    table = {kind: Measured() for kind in (*PERSONAL, *NOBODYS)}
    for one in said:
        row, redacted = table[one.kind], redact(one.text)
        row.sentences += 1
        if one.kind in PERSONAL:
            row.found += is_found(one, redacted)
            row.wrong += is_cut(one, redacted)
        else:
            row.wrong += len(MARK.findall(redacted))
    return table


def of_all(table: dict[str, Measured]) -> tuple[float, float]:
    """Recall and precision."""
    personal = [table[kind] for kind in PERSONAL]
    found = sum(row.found for row in personal)
    wrong = sum(row.wrong for row in table.values())
    return found / sum(row.sentences for row in personal), found / (found + wrong)


def in_markdown(table: dict[str, Measured]) -> str:
    lines = ["| What was said | Sentences | Found | Wrongly taken |", "|---|---|---|---|"]
    for kind, row in table.items():
        found = f"{row.recall:.1%}" if kind in PERSONAL else "–"
        lines.append(f"| {kind} | {row.sentences} | {found} | {row.wrong} |")
    return "\n".join(lines)
