"""All that is held of a customer as one zip: a file of JSON for each table, and uploads that wait as they came.

Written while it is read: no more than some rows are held at once, whatever there is.
"""

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import BinaryField, Model, QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone

from calls import held, spool
from calls.disclosures import Disclosure
from calls.models import Customer, User

ROWS_AT_ONCE = 500
CHUNK = 64 * 1024  # bytes that are gathered before they are handed on


class Pipe:
    """Where the zip is written; what was written is taken away from time to time."""

    def __init__(self) -> None:
        self.gathered = bytearray()

    def write(self, content: bytes) -> int:
        self.gathered += content
        return len(content)

    def flush(self) -> None:
        """There is nowhere to flush to: whoever reads takes what was gathered."""

    def close(self) -> None:
        """What was gathered last can still be taken."""

    def taken(self, *, at_least: int = 1) -> Iterator[bytes]:
        if len(self.gathered) >= at_least:
            yield bytes(self.gathered)
            self.gathered.clear()


class Encoder(DjangoJSONEncoder):
    """Times to the microsecond; vectors as lists."""

    def default(self, o: Any) -> Any:
        if isinstance(o, datetime):
            return o.isoformat()
        return o.tolist() if hasattr(o, "tolist") else super().default(o)


def export(customer: Customer, *, by: User | None, door: str) -> Iterator[bytes]:
    """The zip in pieces. That it was asked for is written down before the first of them."""
    Disclosure.objects.create(customer_number=customer.pk, by=by, door=door)
    return pieces(customer)


def zip_of(customer: Customer, *, by: User, door: str) -> StreamingHttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(customer)}"',
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(export(customer, by=by, door=door), content_type="application/zip", headers=headers)


def file_name(customer: Customer) -> str:
    """Without the customer's name, which would stand in logs and histories of browsers."""
    return f"salesconv-customer-{customer.pk}-{timezone.localdate():%Y-%m-%d}.zip"


def pieces(customer: Customer) -> Iterator[bytes]:
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, tables in by_name(held.tables_of(customer)).items():
            with archive.open(f"{name}.json", "w") as file:
                for piece in as_json(tables):
                    file.write(piece.encode())
                    yield from pipe.taken(at_least=CHUNK)
        for call in held.calls_of(customer).exclude(spool_name="").iterator(ROWS_AT_ONCE):
            if content := spool.bytes_of(call.spool_name):
                archive.writestr(f"uploads/{call.pk}", content)
                yield from pipe.taken(at_least=CHUNK)
    yield from pipe.taken()


def by_name(found: Iterator[QuerySet[Any]]) -> dict[str, list[QuerySet[Any]]]:
    """Those that hold rows, by what their tables are called in code."""
    tables: dict[str, list[QuerySet[Any]]] = {}
    for one in found:
        if one.exists():
            tables.setdefault(one.model._meta.label_lower, []).append(one)
    return tables


def as_json(tables: list[QuerySet[Any]]) -> Iterator[str]:
    """One list of objects, with the names of the columns as in the database."""
    before = "[\n"
    for table in tables:
        columns = columns_of(table.model)
        for row in table.order_by("pk").values(*columns).iterator(ROWS_AT_ONCE):
            yield before + json.dumps(row, cls=Encoder, ensure_ascii=False)
            before = ",\n"
    yield "\n]\n"


def columns_of(table: type[Model]) -> list[str]:
    """But for what is encrypted, and names of files here."""
    fields = [each for each in table._meta.concrete_fields if not isinstance(each, BinaryField)]
    return [each.attname for each in fields if each.name != "spool_name"]
