"""CSV tables of customers and outcomes, in and out of the admin."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from import_export import fields, resources
from import_export.results import RowResult

from calls import labels
from calls.models import Call, Customer, Label, Outcome, User


class CustomerTable(resources.ModelResource):
    """One row a customer, found by `external_id`; empty cells leave what is known."""

    class Meta:
        model = Customer
        import_id_fields = ("external_id",)
        fields = ("external_id", *Customer.TYPED)
        skip_unchanged = True
        report_skipped = True

    def before_import_row(self, row: dict[str, Any], **_: Any) -> None:
        if not str(row.get("external_id") or "").strip():
            raise ValueError("external_id is empty; expected the customer's id in your CRM.")

    def import_field(self, field: Any, instance: Customer, row: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        if row.get(field.column_name) not in (None, ""):
            super().import_field(field, instance, row, *args, **kwargs)


class OutcomeTable(resources.ModelResource):
    """One row of evidence: for a call (`source`, `external_id`) or a `deal`; it goes through calls.labels like any.

    `origin` names the system that says so; without it the person who brings the file does.
    """

    source = fields.Field(attribute="call__source", column_name="source")
    external_id = fields.Field(attribute="call__external_id", column_name="external_id")
    evidence = fields.Field(attribute="source", column_name="evidence_from")

    class Meta:
        model = Label
        import_id_fields = ()
        fields = ("source", "external_id", "deal", "outcome", "known_at", "note", "evidence", "origin", "created_at")
        export_order = fields

    def before_import(self, dataset: Any, **_: Any) -> None:
        self.said: dict[Call | str, tuple[int, str]] = {}  # of each call or deal: row and outcome

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> None:
        """Every row is new evidence; what is there already is skipped below."""

    def import_instance(self, instance: Label, row: dict[str, Any], **kwargs: Any) -> None:
        cell = {name: str(row.get(name) or "").strip() for name in row}
        instance.call = named_call(cell, kwargs.get("user"))
        instance.deal = "" if instance.call else cell.get("deal", "")
        instance.outcome = cell.get("outcome", "").lower()
        instance.source = Label.Source.CRM
        instance.origin = cell.get("origin") or "CSV import"
        instance.author = None if cell.get("origin") else kwargs.get("user")
        instance.known_at = moment(cell.get("known_at", ""))
        instance.note = cell.get("note", "")
        if instance.outcome not in Outcome.values:
            raise ValueError('outcome: expected "won" or "lost".')

    def skip_row(self, instance: Label, original: Label, row: dict[str, Any], *_: Any) -> bool:
        """The same evidence is there, by whatever way; so a file taken in again, or an export, adds nothing."""
        second = instance.known_at.replace(microsecond=0)  # an export writes no more
        known = Label.objects.filter(known_at__gte=second, known_at__lt=second + timedelta(seconds=1))
        same = {"call": instance.call, "deal": instance.deal, "outcome": instance.outcome, "origin": instance.origin}
        return known.filter(**same).exists()

    def before_save_instance(self, instance: Label, row: dict[str, Any], **kwargs: Any) -> None:
        number = kwargs["row_number"]
        earlier, said = self.said.setdefault(instance.call or instance.deal, (number, instance.outcome))
        if said != instance.outcome:
            named = "call" if instance.call else "deal"
            raise ValueError(
                f"Row {earlier} says {said} and row {number} says {instance.outcome} of the same {named}; "
                "keep the one that is true."
            )

    def do_instance_save(self, instance: Label, is_create: bool) -> None:  # the library's signature
        try:
            labels.record_all([instance])
        except labels.LabelRefused as refusal:
            raise ValueError(refusal.in_words) from refusal

    def after_import_row(self, row: dict[str, Any], row_result: RowResult, **_: Any) -> None:
        row_result.object_repr = f"{row.get('external_id') or row.get('deal')}: {row.get('outcome')}"


def named_call(cell: dict[str, str], by: User | None) -> Call | None:
    """The call that the row names, if whoever brings the file may see it; None where it names a deal."""
    if not cell.get("external_id"):
        if not cell.get("deal"):
            raise ValueError("Neither external_id nor deal is filled; expected one of them.")
        return None
    try:
        calls = Call.objects.visible_to(by) if by else Call.objects.all()
        return calls.get(source=cell.get("source", ""), external_id=cell["external_id"])
    except Call.DoesNotExist:
        raise ValueError("There is no call with this source and external_id.") from None


def moment(text: str) -> Any:
    """Now, if empty: the outcome is known from the moment of the import."""
    if not text:
        return timezone.now()
    parsed = parse_datetime(text) or parse_datetime(f"{text} 00:00")
    if parsed is None:
        raise ValueError("known_at: expected a date like 2026-01-31 or 2026-01-31 14:00.")
    return timezone.make_aware(parsed) if timezone.is_naive(parsed) else parsed
