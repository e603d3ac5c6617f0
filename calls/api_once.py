"""The header Idempotency-Key: a POST that is repeated under the same key is carried out once and answered alike."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from calls import keyed_requests
from calls.api_people import asker
from calls.keyed_requests import LONGEST_KEY

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"


class OncePerKey(APIView):
    """A refused request was not carried out: it leaves its key free."""

    post: Any  # of those that have it
    in_one_transaction = True  # False: the handler waits for others, and doing it twice does no harm

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "POST" and HEADER in request.headers and hasattr(self, "post"):
            self.post = partial(self.once, self.post)

    def once(self, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        key = key_of(request)
        asked = keyed_requests.ask(asker(request), key, fingerprint(request), Now())
        if asked.status:
            return HttpResponse(asked.body, "application/json", asked.status, headers={REPLAYED: "true"})
        try:
            with transaction.atomic() if self.in_one_transaction else nullcontext():
                response = handler(request, *args, **kwargs)
                if response.status_code == status.HTTP_202_ACCEPTED and not self.in_one_transaction:
                    asked.release()  # what it points to is kept for minutes, the key would be for a day
                else:
                    asked.keep(response.status_code, JSONRenderer().render(response.data))
        except BaseException:  # a worker that is told to stop, too: nothing was done, so the key must not stay taken
            asked.release()
            raise
        return response


def key_of(request: Request) -> str:
    key = request.headers[HEADER]
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ValidationError({HEADER: [f"Expected 1 to {LONGEST_KEY} printable ASCII characters."]})
    return key


def fingerprint(request: Request) -> str:
    """Of what is asked where. Forms are known by their parts: a repeated one has another boundary."""
    told = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    try:
        for part in parts_of(request.data):
            told.update(part)
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None
    return told.hexdigest()


def parts_of(sent: Any) -> Iterator[bytes]:
    if isinstance(sent, bytes):
        yield sent
    elif isinstance(sent, QueryDict):
        for name, values in sorted(sent.lists()):
            for value in values:
                yield json.dumps([name, named(value)]).encode()
    else:
        yield json.dumps(sent, sort_keys=True).encode()


def named(value: str | UploadedFile) -> str | list[str | None]:
    """A field's text, or a file by name and hash; the file can be read again."""
    if isinstance(value, str):
        return value
    content = hashlib.sha256(b"".join(value.chunks())).hexdigest()
    value.seek(0)
    return [value.name, content]
