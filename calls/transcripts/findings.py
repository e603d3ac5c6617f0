"""Counts what is odd in a file while it is read, so that one warning of each kind can be shown to its owner."""

from collections.abc import Iterable

from calls.transcripts.turns import ParseWarning

MESSAGES = {
    "encoding_guessed": "The file is not UTF-8; it was read in the encoding that fits best. Check accents.",
    "broken_characters": "Characters that no text may hold were left out or replaced.",
    "nul_removed": "NUL bytes were removed.",
    "continued_lines": "Lines that name no speaker were added to the turn before.",
    "no_speakers": "No speaker is named anywhere; everything was kept as speaker Unknown.",
    "unattributed_text": "Text that names no speaker was kept as speaker Unknown.",
    "speaker_carried_on": "Cues that name no speaker were given to the speaker before.",
    "header_missing": "The line WEBVTT is missing at the top; the cues were read all the same.",
    "bad_timing_line": "Timing lines could not be read; their text was kept without times.",
    "text_outside_cues": "Text outside any cue was kept without times.",
    "empty_cues": "Cues without text were left out.",
    "notes_skipped": "Comments, styles and regions of the subtitle file are no speech and were left out.",
    "empty_turns": "Turns without text were left out.",
    "entries_skipped": "Entries that are no objects with text were left out.",
    "text_from_other_type": "Text that was no string was turned into one.",
    "missing_cells": "Rows with fewer cells than the header were read as far as they go.",
    "extra_cells": "Rows with more cells than the header: the surplus was added to their text.",
    "rows_without_conversation": "Rows without a conversation id were given to the conversation before.",
    "unreadable_times": "Times that could not be read were left out.",
    "negative_times": "Times before the start of the call were left out.",
    "absurd_times": "Times later than 24 hours into the call were left out.",
    "ends_before_start": "Ends that lie before their start were left out.",
    "overlapping_times": "Turns start before an earlier turn has ended.",
    "out_of_order": "Turns start earlier than the turn before them; the order of the file was kept.",
    "clock_times": "Times look like the time of day; they were counted from the first one.",
    "roles_guessed": "Who is rep and who is customer was guessed from who speaks first. Name the rep to be sure.",
    "one_speaker": "Only one speaker is named.",
    "speakers_renamed": "Speakers named by an id, number or address were renamed to Speaker 1, 2, …",
}


class Findings:
    """One count for each code of MESSAGES, with the first line where it happened."""

    def __init__(self, so_far: Iterable[ParseWarning] = ()) -> None:
        self._counts = {warning.code: warning.count for warning in so_far}
        self._lines = {warning.code: warning.line for warning in so_far}

    def note(self, code: str, line: int | None = None, *, count: int = 1) -> None:
        if count:
            self._counts[code] = self._counts.get(code, 0) + count
            self._lines.setdefault(code, line)

    def warnings(self) -> tuple[ParseWarning, ...]:
        return tuple(
            ParseWarning(code, MESSAGES[code], count, self._lines[code]) for code, count in self._counts.items()
        )
