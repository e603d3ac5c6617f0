"""Settings of production: all over TLS, nothing for Django to warn of, no start with secrets that everybody knows."""

import os
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.urls import reverse

from mltraining import subprocess_run

PRODUCTION = {
    "SECRET_KEY": "Zb3_xGq7vT1LsWm9Rk2Yd5Hc8Nf4Pj6Qa0Ue-wIoXiCzBtMnVhKg",
    "SPOOL_KEY": Fernet.generate_key().decode(),
    "METRICS_TOKEN": "of-prometheus",
    "ALLOWED_HOSTS": "calls.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://calls.example.com",
    "SECURE_COOKIES": "true",
    "BEHIND_TLS_PROXY": "true",
    "TRUSTED_PROXY_COUNT": "1",
    "MFA_REQUIRED_FOR": "admin,manager",
    "OIDC_URL": "https://id.example.com",
    "OIDC_CLIENT_ID": "salesconv",
    "OIDC_CLIENT_SECRET": "of-the-provider",
    "OIDC_NEW_REPS_FROM": "example.com",
}


def ran(*command: str, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": os.environ["VAR_DIR"]} | PRODUCTION | changes
    environment = {name: value for name, value in environment.items() if value}
    return subprocess.run(
        [sys.executable, *command], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False
    )


def test_nothing_is_left_to_warn_of():
    checked = ran("manage.py", "check", "--deploy", "--fail-level", "INFO")
    assert (checked.returncode, "no issues" in checked.stdout) == (0, True), checked.stderr


@pytest.mark.parametrize("key", ["", "change-me", "development-only-key-replace-it-in-production"])
@pytest.mark.parametrize("way_in", [{"SECURE_COOKIES": ""}, {"ALLOWED_HOSTS": ""}])
def test_without_a_key_of_its_own_nothing_starts_that_others_reach(key, way_in):
    started = ran("-c", "import salesconv.wsgi", SECRET_KEY=key, **way_in)
    assert started.returncode == 1
    assert "SECRET_KEY is missing" in started.stderr


def test_on_a_laptop_it_starts_without():
    assert ran("manage.py", "check", SECRET_KEY="", SECURE_COOKIES="", ALLOWED_HOSTS="").returncode == 0


ASKED = """
import salesconv.wsgi
from django.test import Client
client = Client(SERVER_NAME="calls.example.com", raise_request_exception=False)
plain, over = client.get("/login/"), client.get("/login/", headers={"x-forwarded-proto": "https"})
print(plain.status_code, plain["Location"], client.get("/metrics").status_code)
print(over.status_code, over["Strict-Transport-Security"], over["Permissions-Policy"])
print(over.cookies["__Host-csrftoken"].OutputString())
"""


def test_everything_is_over_tls_and_browsers_are_told_to_keep_to_it(db):
    of_the_test = subprocess_run.environment() | {"DJANGO_SETTINGS_MODULE": "salesconv.settings"}
    plain, over, cookie = ran("-c", ASKED, **of_the_test).stdout.splitlines()
    assert plain == "301 https://calls.example.com/login/ 401"
    assert over.startswith("200 max-age=31536000; includeSubDomains ")
    assert "camera=()" in over
    assert {"Secure", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_the_description_of_the_api_keeps_to_the_policy_of_pages(client, db):
    answer = client.get(reverse("docs"))
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "<style" not in answer.text


def test_the_admin_alone_is_given_more(client, admin):
    client.force_login(admin)
    assert "unsafe-eval" in client.get(reverse("admin:index")).headers["Content-Security-Policy"]
