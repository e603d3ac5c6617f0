"""What tests of the API share: a client with a token, a call to post, and the one shape of every error."""

from typing import Any

from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from calls.models import Token, User
from calls.tokens import Scope
from tests.api_description import assert_described, operations

API = "/api/v1/"


class DescribedClient(APIClient):
    """Holds each answer of an endpoint to the endpoint's description."""

    def request(self, **request: Any) -> Response:
        response = super().request(**request)
        if (match := response.wsgi_request.resolver_match) and request["PATH_INFO"].startswith(API):
            assert_described(response, request["REQUEST_METHOD"], match.route)
        return response


def client_of(user: User, scopes: list[str] = Scope.values) -> APIClient:
    """Sends a token of the user's, as a program would; a fault of the server is an answer, not an exception."""
    operations()  # read now, and not while a test counts or measures
    client = DescribedClient(raise_request_exception=False)
    secret = Token.issue(user, "a test", scopes=scopes)
    user.tokens.update(last_used_at=timezone.now())  # else the first request would have one query more
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def posted_call(**fields: Any) -> dict[str, Any]:
    call = {
        "source": "crm",
        "external_id": "call-1",
        "started_at": "2026-03-02T09:00:00Z",
        "rep": "rita",
        "deal": "deal-1",
        "customer": {"external_id": "c-1", "name": "Acme", "segment": "industry", "metadata": {"employees": 250}},
        "turns": [
            {"speaker": "Rita", "role": "rep", "text": "What made you look for a new system?", "start": 0, "end": 3},
            {"speaker": "Tom", "role": "customer", "text": "Our reports take two days every month.", "start": 4},
        ],
    }
    return {name: value for name, value in (call | fields).items() if value is not ...}


def assert_error(response: Response, status: int, code: str = "") -> dict[str, Any]:
    """Holds the answer to the one shape and gives what it says."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint", "fields"}
    assert body["error"]["message"]
    assert body["error"]["hint"], body
    assert isinstance(body["error"]["fields"], dict)
    if code:
        assert body["error"]["code"] == code
    return body["error"]
