"""The cipher for secrets, and for what may hold words as they were said and lies on a disk for a while."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def cipher() -> Fernet:
    """SPOOL_KEY where one is set; else a key that only SECRET_KEY's owner can derive."""
    if settings.SPOOL_KEY:
        return Fernet(settings.SPOOL_KEY)
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"salesconv upload spool")
    return Fernet(base64.urlsafe_b64encode(derive.derive(settings.SECRET_KEY.encode())))


def signature(said: str) -> str:
    """The HMAC-SHA256 by which we know our own word again, in hexadecimal; changes with SPOOL_KEY or SECRET_KEY."""
    secret = (settings.SPOOL_KEY or settings.SECRET_KEY).encode()
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"salesconv signatures").derive(secret)
    return hmac.new(key, said.encode(), hashlib.sha256).hexdigest()
