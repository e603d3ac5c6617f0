"""Settings that are wrong are found before anything runs."""

import runpy
from pathlib import Path

import pytest
from django.conf import settings as current
from django.core.checks import run_checks
from django.core.management import call_command


def found(**options) -> set[str]:
    return {message.id for message in run_checks(**options) if (message.id or "").startswith("salesconv.")}


def test_the_settings_of_a_laptop_pass():
    assert found() == set()
    call_command("check")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("SPOOL_KEY", "short", "E003"),
        ("INSIGHTS_MODEL", "gpt", "E004"),
        ("INSIGHTS_MODEL", "openai:", "E004"),
        ("INSIGHTS_MODEL", "acme:x", "E004"),
        ("INSIGHTS_CONTEXT_TOKENS", 3000, "E015"),
        ("ENCODER", "./no-such-folder", "E005"),
        ("ENCODER", "", "E005"),
        ("ENCODER", "a b", "E005"),
        ("ENCODER_RUNTIME", "tensorrt", "E013"),
        ("TRAINING", {"steps": -1}, "E010"),
        ("TRAINING", {"encoder": "./no-such-folder"}, "E010"),
        ("TRAINING", ["steps"], "E010"),
        ("SCORING_BATCH", 0, "E006"),
        ("COMFORTABLE_LABELS_PER_CLASS", 1, "E008"),
        ("REDIS_URL", "redis://elsewhere", "W002"),
        ("ALERT_WEBHOOK", "http://hooks.example.com/alerts", "W004"),
        ("ALERT_WEBHOOK", "https://10.1.2.3/alerts", "W004"),
        ("MFA_REQUIRED_FOR", ["boss"], "E020"),
        ("MFA_REQUIRED_FOR", ["integration"], "E020"),
        ("OIDC_NEW_REPS_FROM", ["example.com"], "E022"),
    ],
)
def test_a_wrong_setting_is_found_and_explained(settings, name, value, message):
    setattr(settings, name, value)
    [wrong] = [each for each in run_checks() if each.id == f"salesconv.{message}"]
    assert name in wrong.msg
    assert wrong.hint


@pytest.mark.parametrize("encoder", ["hashing", "sentence-transformers/all-MiniLM-L6-v2", "bert-base-uncased"])
def test_encoders_of_every_form_pass(settings, encoder):
    settings.ENCODER = encoder
    assert found() == set()


@pytest.mark.parametrize("model", ["extractive", "openai:gpt-5", "anthropic:claude", "ollama:llama3.1:8b"])
def test_language_models_of_every_form_pass(settings, model):
    settings.INSIGHTS_MODEL = model
    assert found() == set()


def test_a_rate_that_is_none_is_found(settings):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": {"token": "many"}}
    assert "salesconv.E007" in found()


def test_production_needs_secrets_of_its_own(settings):
    settings.SECRET_KEY = "development-only-key-replace-it-in-production"
    settings.METRICS_TOKEN = ""
    assert {"salesconv.E001", "salesconv.W001", "salesconv.I001"} <= found(include_deployment_checks=True)


def test_single_sign_on_needs_what_the_provider_gave_and_tls(monkeypatch, settings):
    monkeypatch.setenv("OIDC_URL", "http://idp.example.com")
    read = runpy.run_path(str(Path(current.BASE_DIR) / "salesconv/settings.py"))
    settings.OIDC_URL, settings.SOCIALACCOUNT_PROVIDERS = read["OIDC_URL"], read["SOCIALACCOUNT_PROVIDERS"]
    assert "salesconv.E021" in found()
    assert "salesconv.E023" in found(include_deployment_checks=True)


def test_alerts_that_no_mail_server_would_send_are_found(settings):
    settings.ALERT_EMAILS = ["sales-ops@example.com"]
    assert found() == set()
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert found() == {"salesconv.W003"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", ("console", "localhost", 25, "", "", False, False)),
        ("smtp://mail.example.com", ("smtp", "mail.example.com", 25, "", "", False, False)),
        ("smtp+tls://ada:a%2Fb@mail.example.com", ("smtp", "mail.example.com", 587, "ada", "a/b", True, False)),
        ("smtp+ssl://ada:ab@mail.example.com:9465", ("smtp", "mail.example.com", 9465, "ada", "ab", False, True)),
    ],
)
def test_a_mail_server_is_set_by_one_url(monkeypatch, url, expected):
    monkeypatch.setenv("EMAIL_URL", url)
    read = runpy.run_path(str(Path(current.BASE_DIR) / "salesconv/settings.py"))
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    assert read["EMAIL_BACKEND"].split(".")[-2] == expected[0]
    assert tuple(read[f"EMAIL_{name}"] for name in names) == expected[1:]
