"""From words as they came to words as they are kept: read, cleaned, redacted, counted. Touches no database."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from django.conf import settings
from django.utils.crypto import salted_hmac

from calls import language, transcripts
from calls.delivery import Delivery, UnreadableDelivery
from calls.interaction import interaction_statistics
from calls.models import Turn as StoredTurn
from calls.transcripts.cleaning import CLEANING_VERSION, clean
from calls.transcripts.redaction import REDACTION_VERSION, redact
from calls.transcripts.turns import ParseWarning, Transcript, Turn

SPEAKER_LENGTH = 100
LONGEST_TURN = 250_000  # bytes, some hours of speech; Postgres cannot index the words of a turn much longer


@dataclass(frozen=True)
class Conversation:
    """A transcript as it is stored: nothing in it needs cleaning or redacting any more."""

    turns: tuple[Turn, ...]
    warnings: tuple[ParseWarning, ...] = ()
    language: str = ""
    statistics: Mapping[str, float | None] = field(default_factory=dict)

    def columns(self) -> dict[str, object]:
        """The columns of Call that the conversation fills."""
        ends = [turn.end if turn.end is not None else turn.start for turn in self.turns]
        return {
            "language": self.language,
            "duration": max((end for end in ends if end is not None), default=None),
            "turn_count": len(self.turns),
            "word_count": sum(len(turn.text.split()) for turn in self.turns),
            "statistics": dict(self.statistics),
            "warnings": [asdict(warning) for warning in self.warnings],
            "cleaning_version": CLEANING_VERSION,
            "redaction_version": REDACTION_VERSION,
        }

    def rows(self, call_id: int) -> list[StoredTurn]:
        return [
            StoredTurn(
                call_id=call_id,
                index=index,
                speaker=turn.speaker,
                role=turn.role,
                text=turn.text,
                start=turn.start,
                end=turn.end,
            )
            for index, turn in enumerate(self.turns)
        ]


def transcript_of(delivery: Delivery) -> Transcript:
    """The delivery's words as turns, unclean; UnreadableDelivery names the place, never the words."""
    options = {"rep_names": rep_names(delivery.rep), "max_turns": settings.MAX_TURNS}
    try:
        if delivery.turns is not None:
            return replace(transcripts.read_turns(list(delivery.turns), **options), language=delivery.language)
        if delivery.transcript is not None:
            return transcripts.read_text(delivery.transcript, **options)
        if delivery.document is not None:
            return transcripts.read_document(delivery.document, **options)
        return transcripts.read(delivery.content or b"", delivery.file_name, **options)
    except transcripts.UnreadableTranscript as error:
        sent = next(
            name for name in ("turns", "transcript", "document", "content") if getattr(delivery, name) is not None
        )
        raise unreadable(error, "file" if sent == "content" else sent) from None


def arrived(
    sent: Sequence[Mapping[str, object]], known: Mapping[str, transcripts.Speaker], rep: str
) -> tuple[list[Turn], dict[str, transcripts.Speaker]]:
    """Turns of a running call as they are kept, one for each that was sent; the text of one without words is empty.

    Speakers are remembered by a keyed hash of their label, which can be a telephone number.
    UnreadableDelivery as above.
    """
    try:
        turns, speakers = transcripts.arrived(list(sent), known, sign=signed_label, rep_names=rep_names(rep))
    except transcripts.UnreadableTranscript as error:
        raise unreadable(error, "turns") from None
    refuse_endless(turns)
    return [kept_turn(turn) for turn in turns], speakers


def signed_label(label: str) -> str:
    return salted_hmac("speaker of a running call", label).hexdigest()[:20]


def unreadable(error: transcripts.UnreadableTranscript, whole: str) -> UnreadableDelivery:
    where = error.field or (f"line {error.line}" if error.line else whole)
    return UnreadableDelivery(str(error), hint=error.hint, fields={where: str(error)})


def rep_names(rep: str) -> tuple[str, ...]:
    return (rep,) if rep else ()


def conversation(transcript: Transcript) -> Conversation:
    """Cleans, redacts and counts; UnreadableDelivery if nothing is left, or if a turn never ends."""
    refuse_endless(transcript.turns)
    kept = [turn for turn in map(kept_turn, transcript.turns) if turn.text]
    if not kept:
        message = "There are no spoken words in it."
        raise UnreadableDelivery(message, hint='Expected lines such as "Rep: Good morning".', fields={"turns": message})
    warnings = list(transcript.warnings)
    if emptied := len(transcript.turns) - len(kept):
        message = "Turns without words (noise marks or markup only) were left out."
        warnings.append(ParseWarning(code="empty_turns", message=message, count=emptied, line=None))
    spoken = " ".join(turn.text for turn in kept[:50])
    return Conversation(
        turns=tuple(kept),
        warnings=tuple(warnings),
        language=language.tidy(transcript.language) or language.detect(spoken),
        statistics=interaction_statistics(kept),
    )


def refuse_endless(turns: Sequence[Turn]) -> None:
    for index, turn in enumerate(turns):
        if len(turn.text.encode(errors="replace")) > LONGEST_TURN:
            message = f"Turn {index + 1} has more than {LONGEST_TURN:,} bytes."
            hint = "Expected a turn of its own wherever somebody else begins to speak."
            raise UnreadableDelivery(message, hint=hint, fields={f"turns[{index}]": message})


def kept_text(text: str) -> str:
    """Cleaning first: redaction must see the letters that stay."""
    return redact(clean(text.replace("\0", ""), keep_fillers=settings.KEEP_FILLERS))


def kept_turn(turn: Turn) -> Turn:
    """A speaker's name can be a phone number."""
    text = kept_text(turn.text)
    speaker = redact(clean(turn.speaker.replace("\0", "")))[:SPEAKER_LENGTH]
    return replace(turn, text=text, speaker=speaker or turn.role)


def fingerprint(delivery: Delivery, turns: Sequence[Turn]) -> str:
    """The hash by which a repeated delivery is known: of the file's bytes, else of the turns however they were sent."""
    if delivery.content is not None:
        return hashlib.sha256(delivery.content).hexdigest()
    canonical = [[turn.speaker.casefold(), " ".join(turn.text.split()), turn.start, turn.end] for turn in turns]
    return hashlib.sha256(json.dumps(canonical, ensure_ascii=False).encode(errors="surrogatepass")).hexdigest()
