"""Customers and evidence as another installation exported them, line by line: nothing comes in twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from calls import labels
from calls.archives import UnreadableFile, files
from calls.delivery import DeliveryRefused, UnreadableDelivery, customer_fields
from calls.importing import told
from calls.intake import keep_customers
from calls.labels import LabelRefused
from calls.models import Call, Customer, Label, User
from calls.refusal import Refusal
from calls.rows import loaded, moment, word

BATCH = 500
LONGEST_LINE = 10_000_000  # bytes
NEEDED = "Expected a date and time such as 2026-03-02T09:00:00Z."
Key = tuple[object, ...]


@dataclass
class Restored:
    added: int = 0
    present: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)  # place and reason


Line = tuple[str, object]  # place, and what stands there


def run(paths: Iterable[Path], take: Callable[[Sequence[Line], Restored], None]) -> Restored:
    """One transaction for some hundred lines; of a file that breaks off what was read stays."""
    report = Restored()
    found = lines_of(paths, report)
    while batch := list(islice(found, BATCH)):
        take(batch, report)
    return report


def lines_of(paths: Iterable[Path], report: Restored) -> Iterator[Line]:
    for path in paths:
        try:
            for file in files(path):
                for number, line in enumerate(file.lines(LONGEST_LINE), start=1):
                    place = f"{file.place} line {number}"
                    try:
                        if line.strip():
                            yield place, loaded(line)
                    except DeliveryRefused as error:
                        report.refused.append((place, told(error)))
        except UnreadableFile as error:
            report.refused.append((str(path), str(error)))


def row_of(said: object) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise UnreadableDelivery("This is no JSON object.", hint="Expected a line as an export writes it.")
    return said


def take_customers(batch: Sequence[Line], report: Restored) -> None:
    """Each becomes what its line says, also where that is less than what is known."""
    wanted: dict[str, Mapping[str, object]] = {}
    for place, said in batch:
        try:
            row = row_of(said)
            problems: dict[str, str] = {}
            fields = customer_fields(row, problems)
            if not fields.get("external_id"):
                problems.setdefault("external_id", "Missing: say which customer it is.")
            if problems:
                raise DeliveryRefused("The customer cannot be taken.", fields=problems)
        except Refusal as error:
            report.refused.append((place, told(error)))
        else:
            wanted[str(fields["external_id"])] = fields
    with transaction.atomic():
        known = set(Customer.objects.filter(external_id__in=wanted).values_list("external_id", flat=True))
        for customer in keep_customers(wanted.values()).values():
            become(customer, wanted[customer.external_id])
    report.added += len(wanted.keys() - known)
    report.present += len(known)


def become(customer: Customer, fields: Mapping[str, object]) -> None:
    exact = {name: fields.get(name, "") for name in Customer.TYPED} | {"metadata": fields["metadata"]}
    if any(getattr(customer, name) != value for name, value in exact.items()):
        for name, value in exact.items():
            setattr(customer, name, value)
        customer.save(update_fields=list(exact))


@dataclass
class Evidence:
    """Takes labels with who said them and when; `create_people` makes an inactive user of an author not known here."""

    create_people: bool = False
    people: dict[str, User | None] = field(default_factory=dict)

    def take(self, batch: Sequence[Line], report: Restored) -> None:
        calls = calls_named(said for _, said in batch)
        made: dict[Key, Label] = {}
        for place, said in batch:
            try:
                label = self.label(row_of(said), calls)
                labels.tidy(label)
                labels.check(label)
            except Refusal as error:
                report.refused.append((place, told(error)))
            else:
                report.present += key_of(label) in made
                made.setdefault(key_of(label), label)
        known = known_among(made.values())
        new = [label for key, label in made.items() if key not in known]
        labels.record_all(new, said_at=[label.created_at for label in new])
        report.added += len(new)
        report.present += len(made) - len(new)

    def label(self, row: Mapping[str, Any], calls: Mapping[tuple[str, str], Call]) -> Label:
        source, external_id = word(row, "source"), word(row, "external_id")
        call = calls.get((source, external_id))
        if external_id and call is None:
            fields = {"external_id": "There is no call with this source and external_id."}
            raise LabelRefused("The label cannot be accepted.", hint="Import the calls first.", fields=fields)
        return Label(
            call=call,
            deal="" if call else word(row, "deal"),
            outcome=word(row, "outcome"),
            source=word(row, "evidence_from"),
            origin=word(row, "origin"),
            author=self.author(word(row, "author")),
            known_at=needed_moment(row, "known_at"),
            created_at=needed_moment(row, "created_at"),
            note=word(row, "note"),
            blind=row.get("blind") is True,
        )

    def author(self, name: str) -> User | None:
        """Two people must not become one source because neither is known here."""
        if not name:
            return None
        if name not in self.people:
            user = User.objects.filter(username=name).first()
            if user is None and self.create_people and len(name) <= 150:
                user = User.objects.create_user(name, is_active=False)
            self.people[name] = user
        if self.people[name] is None:
            hint = "Make the user, or import with --create-people."
            raise LabelRefused("The label cannot be accepted.", hint=hint, fields={"author": "There is no such user."})
        return self.people[name]


def needed_moment(row: Mapping[str, Any], name: str) -> datetime:
    found = moment(row, name)
    if found is None:
        raise UnreadableDelivery(f"{name}: {NEEDED}", fields={name: NEEDED})
    return found


def calls_named(rows: Iterable[object]) -> dict[tuple[str, str], Call]:
    named = [row for row in rows if isinstance(row, Mapping)]
    sources = {str(row.get("source")) for row in named if row.get("external_id")}
    keys = {str(row.get("external_id")) for row in named if row.get("external_id")}
    storable = [{each for each in some if "\0" not in each} for some in (sources, keys)]
    found = Call.objects.filter(source__in=storable[0], external_id__in=storable[1])
    return {(call.source, call.external_id): call for call in found}


def key_of(label: Label) -> Key:
    whose = (label.call_id, label.deal, label.source, label.origin, label.author_id)
    return (*whose, label.outcome, label.known_at, label.created_at)


def known_among(wanted: Iterable[Label]) -> set[Key]:
    wanted = list(wanted)
    about = Q(call__in={label.call_id for label in wanted if label.call_id})
    about |= Q(call=None, deal__in={label.deal for label in wanted if label.deal})
    return {key_of(label) for label in Label.objects.filter(about, created_at__in={one.created_at for one in wanted})}
