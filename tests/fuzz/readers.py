"""`make fuzz`: any bytes under any name into every transcript reader, then cleaning and redaction.

Only UnreadableTranscript may come out. What finds a fault is left in var/fuzz; once that is mended, the file moves to
tests/fuzz/corpus, which an ordinary test reads again each time.
"""

import sys

import atheris

with atheris.instrument_imports(include=["calls.transcripts"]):
    from calls.transcripts import UnreadableTranscript, read_rows
    from calls.transcripts.cleaning import clean
    from calls.transcripts.redaction import redact

NAMES = ("", "a.txt", "a.vtt", "a.srt", "a.csv", "a.json")


def under_every_name(content: bytes) -> None:
    for name in NAMES:
        read_all(content, name)


def read_all(content: bytes, name: str) -> None:
    try:
        transcripts = read_rows(content, name, max_turns=2_000)
    except UnreadableTranscript:
        return
    for turn in (turn for transcript in transcripts for turn in transcript.turns):
        redact(clean(turn.text))


if __name__ == "__main__":
    atheris.Setup(sys.argv, under_every_name)
    atheris.Fuzz()
