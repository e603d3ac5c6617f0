"""The conversations in one uploaded file: a transcript, a table or an export of several, or a zip of such files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from django.utils import timezone

from calls import parsing, transcripts
from calls.archives import UnreadableFile, zipped
from calls.delivery import Delivery, DeliveryRefused, check_size, is_zip, short_name
from calls.parsing import Conversation

MOST = 200  # conversations of one file; a person looks at each


@dataclass(frozen=True)
class Found:
    """A conversation, or the reason why there is none."""

    name: str
    content_hash: str = ""
    reason: str = ""
    conversation: Conversation | None = None


def conversations(content: bytes, name: str, rep: str, *, still: Callable[[], None]) -> list[Found]:
    """At least one; those past MOST are counted in one more. `still` is called after each: there may be thousands."""
    found: list[Found] = []
    left_out = 0
    for each in all_of(content, name, rep):
        still()
        if len(found) < MOST:
            found.append(each)
        else:
            left_out += 1
    if left_out:
        reason = f"{left_out:,} more conversations of this file were left out; at most {MOST} are taken at once. "
        found.append(Found(name, reason=f"{reason}Split it, or use manage.py import_calls."))
    return found or [Found(name, reason="There is no file in this zip.")]


def all_of(content: bytes, name: str, rep: str) -> Iterator[Found]:
    if not is_zip(content, name):
        yield from in_one_file(content, name, rep)
        return
    left = settings.MAX_UPLOAD_BYTES
    try:
        for member in zipped(BytesIO(content), name, timezone.now()):
            unpacked = member.read(left)
            left -= len(unpacked)
            yield from in_one_file(unpacked, short_name(member.name), rep)
    except UnreadableFile as error:
        yield Found(name, reason=f"{error} Unpack it and send fewer files at a time.")


def in_one_file(content: bytes, name: str, rep: str) -> Iterator[Found]:
    delivery = Delivery(content=content, file_name=name, rep=rep)
    try:
        check_size(delivery)
        read = transcripts.read_rows(content, name, rep_names=parsing.rep_names(rep), max_turns=settings.MAX_TURNS)
    except DeliveryRefused as refusal:
        yield Found(name, reason=refusal.in_words)
        return
    except transcripts.UnreadableTranscript as error:
        yield Found(name, reason=parsing.unreadable(error, "file").in_words)
        return
    for transcript in read:
        yield one(delivery, transcript, is_alone=len(read) == 1)


def one(delivery: Delivery, transcript: transcripts.Transcript, *, is_alone: bool) -> Found:
    """Alone in its file it is known by the bytes of that, else by its turns."""
    known = delivery if is_alone else Delivery(turns=())
    name = delivery.file_name
    if not is_alone and transcript.conversation:
        name = f"{name}: {short_name(transcript.conversation)}"[:200]
    try:
        conversation = parsing.conversation(transcript)
    except DeliveryRefused as refusal:
        return Found(name, reason=refusal.in_words)
    return Found(name, parsing.fingerprint(known, transcript.turns), conversation=conversation)
