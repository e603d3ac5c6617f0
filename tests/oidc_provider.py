"""A small OpenID Connect provider on loopback: authorization code with PKCE, signed tokens, user info."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "salesconv", "of-the-provider"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(ThreadingHTTPServer):
    """`person` are the claims of whoever is signed in there; None: they stop on the way."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.person: dict[str, Any] | None = {}
        self.asked: dict[str, dict[str, str]] = {}  # by code: what came to the authorization endpoint
        self.audience = CLIENT

    def configuration(self) -> dict[str, Any]:
        places = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            **{f"{name}_endpoint": f"{self.url}/{place}" for name, place in places.items()},
        }

    def id_token(self) -> str:
        claims = {"iss": self.url, "aud": self.audience, "exp": time.time() + 60, "iat": time.time(), **self.person}
        return jwt.encode(claims, KEY, algorithm="RS256", headers={"kid": "1"})


class Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        sent = {name: values[0] for name, values in parse_qs(address.query).items()}
        if address.path == "/authorize":
            self.lead_back(sent)
        elif address.path == "/userinfo":
            is_known = self.headers["Authorization"] == "Bearer opaque"
            self.say(self.server.person if is_known else {"error": "invalid_token"}, 200 if is_known else 401)
        elif address.path == "/keys":
            self.say({"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "1"}]})
        else:
            self.say(self.server.configuration())

    def lead_back(self, sent: dict[str, str]) -> None:
        answer = {"state": sent["state"], "error": "access_denied"}
        if self.server.person is not None:
            answer = {"state": sent["state"], "code": (code := secrets.token_hex(8))}
            self.server.asked[code] = sent
        self.send_response(302)
        self.send_header("Location", f"{sent['redirect_uri']}?{urlencode(answer)}")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        asked = self.server.asked.pop(sent.get("code", ""), None)
        if asked and (sent["client_id"], sent["client_secret"]) == (CLIENT, SECRET) and is_proven(asked, sent):
            self.say({"access_token": "opaque", "token_type": "Bearer", "id_token": self.server.id_token()})
        else:
            self.say({"error": "invalid_grant"}, 400)

    def say(self, content: Any, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def is_proven(asked: dict[str, str], sent: dict[str, str]) -> bool:
    """By PKCE, and for the address that the code was made for."""
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return challenge == asked["code_challenge"] and sent["redirect_uri"] == asked["redirect_uri"]


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()
    threading.Thread(target=provider.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
