"""The cipher for secrets, and for what may hold words as they were said and lies on a disk for a while."""

import base64

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
