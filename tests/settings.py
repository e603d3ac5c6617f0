"""A dozen test-only values on top of the real settings."""

import os

os.environ.setdefault("VAR_DIR", "var/test")

from salesconv.settings import *  # noqa: F403  # settings are derived by overriding

SECRET_KEY = "only for tests, and long enough to be accepted"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ENCODER = "hashing"
METRICS_TOKEN = "metrics-for-tests"
WHITENOISE_AUTOREFRESH = True
REST_FRAMEWORK = REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"token": "100000/min"}}  # noqa: F405  # from the line above
ACCOUNT_RATE_LIMITS = ACCOUNT_RATE_LIMITS | {"login": None}  # noqa: F405  # all tests come from one address
