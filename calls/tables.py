"""CSV tables of customers and outcomes, in and out of the admin."""

import json
import logging
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from import_export import fields, resources, widgets
from import_export.results import Error, Result, RowResult

from calls import intake, labels, mappings
from calls.crm_tables import put_in_our_words
from calls.delivery import customer_fields
from calls.models import Call, Customer, Label, Said, User
from calls.moments import EXPECTED_YEARS, is_possible
from calls.refusal import Refusal
from calls.table_files import Sheet, TableRefused

log = logging.getLogger(__name__)


class Fault(Error):
    """Why a row, or the file as a whole (no `number`), is not taken. `number` is the line in the file."""

    @property
    def said(self) -> list[tuple[str, str]]:
        """Columns, empty where it is none alone, each with what is wrong there."""
        if isinstance(self.error, Refusal):
            return [(name, str(said)) for name, said in self.error.fields.items()] or [("", str(self.error))]
        return [("", "This could not be taken, for a reason that is in the log.")]

    @property
    def hint(self) -> str:
        return self.error.hint if isinstance(self.error, Refusal) else ""


class Table(resources.ModelResource):
    """A table whose columns are checked before its rows, and whose faults name the lines of the file."""

    needed: tuple[tuple[str, ...], ...] = ()  # of each group of columns one at least

    @classmethod
    def get_error_result_class(cls) -> type[Error]:
        return Fault

    def before_import(self, dataset: Sheet, **_: Any) -> None:
        self.lines, self.warnings = dataset.lines, dataset.warnings
        if faults := self.column_faults(dataset.headers):
            dataset.wipe()  # else the library would try every row all the same
            expected = ", ".join(field.column_name for field in self.get_import_fields())
            raise TableRefused("These columns cannot be read.", fields=faults, hint=f"Expected columns: {expected}.")

    def column_faults(self, columns: list[str]) -> dict[str, str]:
        known = {field.column_name for field in self.get_import_fields()}
        faults = {name: "Unknown." if name else "A column without a name." for name in columns if name not in known}
        faults |= {name: "Stands there more than once." for name, count in Counter(columns).items() if count > 1}
        missing = [group for group in self.needed if not set(group) & set(columns)]
        return faults | {" or ".join(group): "Missing." for group in missing}

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        kwargs["row_number"] = self.lines[kwargs["row_number"] - 1]
        result = super().import_row(row, instance_loader, **kwargs)
        for fault in result.errors:
            if not isinstance(fault.error, Refusal):
                log.error("Line %s of a table could not be taken.", fault.number, exc_info=fault.error)
        return result

    def after_import(self, dataset: Sheet, result: Result, **_: Any) -> None:
        result.warnings = self.warnings


class JSONText(widgets.JSONWidget):
    def render(self, value: object, obj: object = None, **_: Any) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""


class CustomerTable(Table):
    """One row a customer, found by `external_id`; empty cells leave what is known, metadata is laid over it."""

    metadata = fields.Field(attribute="metadata", column_name="metadata", widget=JSONText())
    needed = (("external_id",),)

    class Meta:
        model = Customer
        import_id_fields = ("external_id",)
        fields = ("external_id", *Customer.TYPED, "metadata")
        skip_unchanged = True
        report_skipped = True

    def before_import_row(self, row: dict[str, Any], **_: Any) -> None:
        """The cells as a delivery's customer would have them."""
        problems: dict[str, str] = {}
        row["metadata"] = metadata_of(row.get("metadata", ""), problems)
        row.update(customer_fields(row, problems))
        if not row["external_id"]:
            problems["external_id"] = "Empty; expected the customer's id in your CRM."
        if problems:
            named = {name.removeprefix("customer."): said for name, said in problems.items()}
            raise TableRefused("The customer cannot be taken.", fields=named)

    def import_instance(self, instance: Customer, row: dict[str, Any], **_: Any) -> None:
        instance.external_id = row["external_id"]
        intake.update(instance, row)


def metadata_of(cell: str, problems: dict[str, str]) -> object:
    try:
        return json.loads(cell) if cell else {}
    except (ValueError, RecursionError):
        problems["metadata"] = 'Expected a JSON object, such as {"plan": "pro"}.'
        return {}


class OutcomeTable(Table):
    """One row of evidence: for a call (`source`, `external_id`) or a `deal`; it goes through calls.labels like any.

    `origin` names the system that says so; without it the person who brings the file does. `evidence_from` and
    `created_at` are written by an export and not read. The deals of a CRM that we know are taken as it exports them.
    """

    source = fields.Field(attribute="call__source", column_name="source")
    external_id = fields.Field(attribute="call__external_id", column_name="external_id")
    evidence = fields.Field(attribute="source", column_name="evidence_from")
    needed = (("external_id", "deal"), ("outcome",))

    class Meta:
        model = Label
        import_id_fields = ()
        fields = ("source", "external_id", "deal", "outcome", "known_at", "note", "evidence", "origin", "created_at")
        export_order = fields

    def before_import(self, dataset: Sheet, **kwargs: Any) -> None:
        if self.column_faults(dataset.headers) and (definition := mappings.recognised(dataset.headers)):
            put_in_our_words(dataset, definition)
        super().before_import(dataset, **kwargs)
        self.said: dict[Call | str, tuple[int, str]] = {}  # of each call or deal: line and outcome

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> None:
        """Every row is new evidence; what is there already is skipped below."""

    def import_instance(self, instance: Label, row: dict[str, Any], **kwargs: Any) -> None:
        instance.call = named_call(row, kwargs.get("user"))
        instance.deal = "" if instance.call else row.get("deal", "")
        instance.outcome = row["outcome"].lower()
        instance.source = Label.Source.CRM
        instance.origin = row.get("origin") or "CSV import"
        instance.author = None if row.get("origin") else kwargs.get("user")
        instance.known_at = moment(row.get("known_at", ""))
        instance.note = row.get("note", "")
        if instance.outcome not in Said.values:
            raise refused("outcome", labels.EXPECTED)

    def skip_row(self, instance: Label, original: Label, row: dict[str, Any], *_: Any) -> bool:
        """The same evidence is there, by whatever way; so a file taken in again, or an export, adds nothing."""
        second = instance.known_at.replace(microsecond=0)  # an export writes no more
        known = Label.objects.filter(known_at__gte=second, known_at__lt=second + timedelta(seconds=1))
        same = {"call": instance.call, "deal": instance.deal, "outcome": instance.outcome, "origin": instance.origin}
        return known.filter(**same).exists()

    def before_save_instance(self, instance: Label, row: dict[str, Any], **kwargs: Any) -> None:
        line = kwargs["row_number"]
        earlier, said = self.said.setdefault(instance.call or instance.deal, (line, instance.outcome))
        if said != instance.outcome:
            named = "call" if instance.call else "deal"
            raise refused(
                "outcome",
                f"Line {earlier} says {said} and line {line} says {instance.outcome} of the same {named}; "
                "keep the one that is true.",
            )

    def do_instance_save(self, instance: Label, is_create: bool) -> None:  # the library's signature
        labels.record_all([instance])

    def after_import_row(self, row: dict[str, Any], row_result: RowResult, **_: Any) -> None:
        row_result.object_repr = f"{row.get('external_id') or row.get('deal')}: {row.get('outcome')}"


def refused(column: str, said: str) -> TableRefused:
    return TableRefused("The row cannot be taken.", fields={column: said})


def named_call(row: Mapping[str, str], by: User | None) -> Call | None:
    """The call that the row names, if whoever brings the file may see it; None where it names a deal."""
    if not row.get("external_id"):
        if not row.get("deal"):
            raise refused("external_id or deal", "Both are empty; expected one of them.")
        return None
    try:
        calls = Call.objects.visible_to(by) if by else Call.objects.all()
        return calls.get(source=row.get("source", ""), external_id=row["external_id"])
    except Call.DoesNotExist:
        raise refused("external_id", "There is no call with this source and external_id.") from None


def moment(text: str) -> datetime:
    """Now, if empty: the outcome is known from the moment of the import."""
    if not text:
        return timezone.now()
    try:
        parsed = parse_datetime(text) or parse_datetime(f"{text} 00:00")
    except ValueError:  # the 31st of February
        parsed = None
    if parsed is None:
        raise refused("known_at", "Expected a date like 2026-01-31 or 2026-01-31 14:00.")
    if not is_possible(parsed):
        raise refused("known_at", EXPECTED_YEARS)
    return timezone.make_aware(parsed) if timezone.is_naive(parsed) else parsed
