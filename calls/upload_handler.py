"""Files of a form stay in memory, within a bound: nothing unredacted may reach the disk outside the encrypted spool."""

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

PARTS_ALLOWANCE = 1024 * 1024  # of a form beside its files


class BoundedUploads(MemoryFileUploadHandler):
    """All files of one form together have at most MAX_UPLOAD_BYTES; RequestDataTooBig ends the reading of more."""

    received = 0

    def handle_raw_input(
        self, input_data: IO[bytes], META: dict[str, str], content_length: int, boundary: str, encoding: Any = None
    ) -> None:
        """Refuses what its own header calls too long before a byte is read."""
        if content_length > settings.MAX_UPLOAD_BYTES + PARTS_ALLOWANCE:
            raise RequestDataTooBig("The form is too large.")
        self.activated = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > settings.MAX_UPLOAD_BYTES:
            raise RequestDataTooBig("The files are too large.")
        return super().receive_data_chunk(raw_data, start)
