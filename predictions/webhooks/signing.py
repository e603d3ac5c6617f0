"""Secrets of webhooks, encrypted where they lie, and the headers that prove who sent a message."""

import secrets
from base64 import b64encode
from datetime import datetime

from cryptography.fernet import InvalidToken
from standardwebhooks import Webhook as Signer

from calls.encryption import cipher
from predictions.webhooks.models import Webhook

PREFIX = "whsec_"


class SecretUnreadable(Exception):
    """It was encrypted with a key that is not ours any more."""


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def sealed(secret: str) -> bytes:
    return cipher().encrypt(secret.encode())


def opened(secret: bytes | memoryview) -> str:
    try:
        return cipher().decrypt(bytes(secret)).decode()
    except InvalidToken:
        raise SecretUnreadable(
            "The secret cannot be read: SPOOL_KEY or SECRET_KEY is another one now. Rotate the secret."
        ) from None


def headers(webhook: Webhook, message_id: str, body: str, moment: datetime) -> dict[str, str]:
    """`moment` is aware and in UTC: the library takes every time for UTC. Two secrets sign while a rotation lasts."""
    kept = [webhook.secret]
    if webhook.secret_before_until and webhook.secret_before_until > moment:
        kept.append(webhook.secret_before)
    signatures = [Signer(opened(each)).sign(message_id, moment, body) for each in kept]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
        "content-type": "application/json",
        "user-agent": "salesconv",
    }
