"""Many calls at once, from files: the same reading, cleaning and writing as for one, in batches."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls import ingest, transcripts
from calls.archives import Found, UnreadableFile, files, walk
from calls.delivery import ConflictingDelivery, Delivery, DeliveryRefused, checked
from calls.imported_outcomes import Claim, Outcomes
from calls.ingest import Prepared
from calls.intake import Assignment
from calls.models import Team, User
from calls.parsing import rep_names, unreadable
from calls.refusal import Refusal
from calls.row_shapes import OF_LANGUAGE, READ_IN_FILES, entries_in, is_row, is_turn, unused_of_transcript
from calls.rows import Row, loaded, read_row
from calls.transcripts import Transcript, UnreadableTranscript

LINES = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
BATCH = 100
APART = timedelta(minutes=1)  # between the made-up starts of calls that have none
AGO = timedelta(days=2)  # the last made-up start; its outcome is then known in the past, too


@dataclass(frozen=True)
class Options:
    source: str = "import"
    team: str = ""
    rep: str = ""
    create_people: bool = False


@dataclass(frozen=True)
class Item:
    """One conversation found, or the reason why there is none."""

    file: str
    place: str
    row: Row | None = None
    transcript: Transcript | None = None  # already read, where the file holds several
    reason: str = ""


@dataclass
class Report:
    taken: int = 0
    present: int = 0
    labelled: int = 0
    refused_labels: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)  # key -> calls whose row has it to no effect
    new_teams: Counter[str] = field(default_factory=Counter)  # made because so many calls name them

    @property
    def read(self) -> int:
        return self.taken + self.present + len(self.rejected)


class People:
    """Reps and teams by name, each looked up once."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.users: dict[str, User | None] = {}
        self.teams: dict[str, Team] = {}
        self.new_teams: Counter[str] = Counter()

    def assignment(self, row: Row) -> Assignment:
        name = self.options.rep or row.delivery.rep
        team = self.team(self.options.team or row.team)
        rep = self.rep(name, team)
        return Assignment(rep, name, team or (rep.team if rep else None))

    def team(self, name: str) -> Team | None:
        name = name.replace("\0", "").strip()[:100]
        if name and name not in self.teams:
            self.teams[name], is_new = Team.objects.get_or_create(name=name)
            self.new_teams.update({name: 0} if is_new else {})
        if name in self.new_teams:
            self.new_teams[name] += 1
        return self.teams.get(name)

    def rep(self, name: str, team: Team | None) -> User | None:
        if name and name not in self.users:
            user = User.objects.select_related("team").filter(username=name).first()
            if user is None and self.options.create_people and len(name) <= 150:
                user = User.objects.create_user(name, is_active=False, team=team)
            self.users[name] = user
        return self.users.get(name)


def run(paths: Iterable[Path], options: Options) -> Iterator[Report]:
    """Imports everything; after each batch it yields the one report, which grows."""
    people, outcomes = People(options), Outcomes()
    report = Report(new_teams=people.new_teams)
    found = items(paths, options)
    while batch := list(islice(found, BATCH)):
        import_batch(batch, people, outcomes, report)
        yield report


def items(paths: Iterable[Path], options: Options) -> Iterator[Item]:
    for path in chain.from_iterable(walk(each) for each in paths):
        try:
            for found in files(path):
                yield from items_of(found, options)
        except UnreadableFile as error:
            yield Item(str(path), str(path), reason=str(error))


def items_of(found: Found, options: Options) -> Iterator[Item]:
    """JSON lines about calls are read line by line, for they may be long; any other file is looked at as a whole."""
    try:
        if found.name.lower().endswith(LINES) and not begins_with_turn(found):
            yield from lines_of(found, options)
            return
        content = found.read(settings.MAX_UPLOAD_BYTES)
        entries = entries_in(content)
        if any(map(is_row, entries)):
            yield from entries_of(found, entries, options)
        else:
            yield from conversations_of(found, content, entries, options)
    except UnreadableFile as error:
        yield Item(found.place, found.place, reason=str(error))


def begins_with_turn(found: Found) -> bool:
    """Whether the lines are the turns of one conversation."""
    first = next(filter(bytes.strip, found.lines(settings.MAX_UPLOAD_BYTES)), b"")
    try:
        return is_turn(loaded(first))
    except DeliveryRefused:
        return False


def lines_of(found: Found, options: Options) -> Iterator[Item]:
    """One item a line. Where no times are given, the order of the file is the order of time."""
    limit = settings.MAX_UPLOAD_BYTES
    started_at = timezone.now() - AGO - APART * count_lines(found, limit)
    for number, line in enumerate(found.lines(limit), start=1):
        started_at += APART
        if not line.strip():
            continue
        place = f"{found.place} line {number}"
        try:
            row = read_row(loaded(line), source=options.source, otherwise_at=started_at)
            yield Item(found.place, place, row)
        except DeliveryRefused as error:
            yield Item(found.place, place, reason=told(error))


def entries_of(found: Found, entries: Sequence[object], options: Options) -> Iterator[Item]:
    """One item for each row of a JSON file; its words are read like those of any JSON transcript."""
    started_at = min(found.modified, timezone.now() - AGO) - APART * len(entries)
    for number, entry in enumerate(entries, start=1):
        started_at += APART
        place = f"{found.place} entry {number}" if len(entries) > 1 else found.place
        try:
            row = read_row(entry, source=options.source, otherwise_at=started_at)
            transcript = transcript_of(row, entry, rep_names(options.rep or row.delivery.rep))
            read = READ_IN_FILES | (OF_LANGUAGE if transcript.language else frozenset())
            yield Item(found.place, place, replace(row, unused=row.unused - read), transcript)
        except DeliveryRefused as error:
            yield Item(found.place, place, reason=told(error))
        except UnreadableTranscript as error:
            yield Item(found.place, place, reason=told(unreadable(error, "turns")))


def transcript_of(row: Row, entry: object, names: tuple[str, ...]) -> Transcript:
    if row.delivery.transcript is not None:
        return transcripts.read_text(row.delivery.transcript, rep_names=names, max_turns=settings.MAX_TURNS)
    return transcripts.read_document(entry, rep_names=names, max_turns=settings.MAX_TURNS)


def count_lines(found: Found, limit: int) -> int:
    """As far as the file can be read; the second reading says where it broke off."""
    count = 0
    with suppress(UnreadableFile):
        for _ in found.lines(limit):
            count += 1
    return count


def conversations_of(found: Found, content: bytes, entries: Sequence[object], options: Options) -> Iterator[Item]:
    """One item for each conversation in a transcript file; its time is that of the file."""
    started_at = min(found.modified, timezone.now())
    whole = Delivery(source=options.source, started_at=started_at, content=content, file_name=found.name)
    try:
        read = transcripts.read_rows(
            content, found.name, rep_names=rep_names(options.rep), max_turns=settings.MAX_TURNS
        )
    except UnreadableTranscript as error:
        yield Item(found.place, found.place, reason=told(unreadable(error, "file")))
        return
    unused = map(unused_of_transcript, entries if len(entries) == len(read) else [None] * len(read))
    for transcript, left_out in zip(read, unused, strict=True):
        delivery = whole
        if len(read) > 1:
            delivery = replace(whole, content=None, turns=(), external_id=transcript.conversation)
        place = f"{found.place} conversation {transcript.conversation}" if len(read) > 1 else found.place
        yield Item(found.place, place, Row(delivery, unused=left_out), transcript)


def import_batch(batch: Iterable[Item], people: People, outcomes: Outcomes, report: Report) -> None:
    """Writes what can be written of a batch, calls and labels together, and counts the rest with its reason."""
    prepared: list[tuple[Item, Prepared]] = []
    for item in batch:
        try:
            prepared.append((item, prepare(item, people)))
        except Refusal as error:
            report.rejected.append((item.place, told(error)))
    with transaction.atomic():
        receipts = ingest.admit([each for _, each in prepared])
        claims = []
        for (item, _), receipt in zip(prepared, receipts, strict=True):
            if isinstance(receipt, ConflictingDelivery):
                report.rejected.append((item.place, told(receipt)))
                continue
            report.taken += receipt.created
            report.present += not receipt.created
            if item.row is None:
                continue
            report.unused.update(item.row.unused)
            if item.row.outcome:
                claims.append(Claim(item.file, item.place, receipt.call, item.row.outcome, item.row.known_at))
        labelled, refused = outcomes.record(claims)
    report.labelled += labelled
    report.refused_labels += [(place, told(error)) for place, error in refused]


def prepare(item: Item, people: People) -> Prepared:
    if item.row is None:
        raise DeliveryRefused(item.reason)
    delivery = checked(item.row.delivery, customer_needed=False)
    assignment = people.assignment(replace(item.row, delivery=delivery))
    return ingest.prepare(delivery, assignment, transcript=item.transcript)


def told(error: Refusal) -> str:
    """The message with what was wrong in which field and what to do, on one line."""
    fields = "; ".join(f"{name}: {text}" for name, text in error.fields.items() if str(text) not in str(error))
    return " ".join(part for part in (str(error), f"({fields})" if fields else "", error.hint) if part)
