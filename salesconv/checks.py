"""System checks: settings that are wrong, missing or unwise, each with a hint."""

import re
from collections.abc import Sequence
from importlib.util import find_spec
from ipaddress import ip_network
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, register
from django.core.checks import Warning as Caution

DEVELOPMENT_KEY = "development-only-key-replace-it-in-production"
PLACEHOLDER = "change-me"  # of .env.example and docker-compose.yml
PROVIDERS = ("openai", "anthropic", "ollama", "gguf", "huggingface")
UNSENT = tuple(f"django.core.mail.backends.{name}.EmailBackend" for name in ("console", "dummy", "filebased"))
ROOM_TO_READ = 2_000  # tokens: the prompt, its schema and some turns
RATE = re.compile(r"\d+/(s|sec|m|min|h|hour|d|day)", re.ASCII)
ONNX_PACKAGES = ("onnx", "onnxscript", "onnxruntime")
AT_LEAST_ONE = (
    *("MAX_UPLOAD_BYTES", "MAX_TURNS", "MIN_LABELS_PER_CLASS", "SCORING_BATCH", "LEASE_SECONDS", "MAX_ATTEMPTS"),
    *("TRAINING_DEADLINE_SECONDS", "INSIGHTS_ANSWER_TOKENS"),
    "TOKEN_DAYS",
    *("LOGIN_FAILURES", "LOGIN_LOCK_MINUTES"),
)


@register(Tags.security, deploy=True)
def secrets_are_set(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.SECRET_KEY in (DEVELOPMENT_KEY, PLACEHOLDER):
        hint = "Set SECRET_KEY to 50 random characters; sessions and waiting uploads are protected by it."
        found.append(Error("SECRET_KEY is the one from the source code.", hint=hint, id="salesconv.E001"))
    if settings.DATABASES["default"].get("PASSWORD") == PLACEHOLDER:
        hint = "Set POSTGRES_PASSWORD, or the password in DATABASE_URL, to random letters and digits."
        found.append(Error("The database's password is the one from .env.example.", hint=hint, id="salesconv.E009"))
    if settings.DEBUG:
        hint = "Unset DEBUG: its error pages show settings and code."
        found.append(Error("DEBUG is on.", hint=hint, id="salesconv.E002"))
    if not settings.SPOOL_KEY:
        hint = "Set SPOOL_KEY to a Fernet key, so that changing SECRET_KEY does not lose uploads that wait."
        found.append(Caution("SPOOL_KEY is derived from SECRET_KEY.", hint=hint, id="salesconv.W001"))
    return found


@register(Tags.security)
def spool_key_is_usable(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if not settings.SPOOL_KEY:
        return []
    try:
        Fernet(settings.SPOOL_KEY)
    except ValueError:
        hint = 'Make one: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
        return [Error("SPOOL_KEY is no Fernet key.", hint=hint, id="salesconv.E003")]
    return []


@register()
def insights_model_is_known(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    provider, colon, model = settings.INSIGHTS_MODEL.partition(":")
    if settings.INSIGHTS_MODEL == "extractive" or (provider in PROVIDERS and colon and model.strip()):
        return []
    hint = f"Set extractive, or one of {', '.join(f'{name}:MODEL' for name in PROVIDERS)}."
    return [Error(f"INSIGHTS_MODEL names no model: {settings.INSIGHTS_MODEL!r}.", hint=hint, id="salesconv.E004")]


@register()
def insights_have_room(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    context, answer = settings.INSIGHTS_CONTEXT_TOKENS, settings.INSIGHTS_ANSWER_TOKENS
    if context >= answer + ROOM_TO_READ:
        return []
    hint = f"Set it to {ROOM_TO_READ} more than INSIGHTS_ANSWER_TOKENS at least, or lower that one."
    return [Error(f"INSIGHTS_CONTEXT_TOKENS={context} leaves no room for a call.", hint=hint, id="salesconv.E015")]


@register(Tags.security, deploy=True)
def metrics_can_be_read(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if settings.METRICS_TOKEN:
        return []
    hint = "Set METRICS_TOKEN to a random text, and let Prometheus send it as a bearer token."
    return [Info("METRICS_TOKEN is empty, so there is no /metrics.", hint=hint, id="salesconv.I001")]


@register()
def encoder_can_be_found(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    from mltraining.ml.encoder import may_be_found  # noqa: PLC0415  # ml only inside functions

    encoder = settings.ENCODER
    if may_be_found(encoder):
        return []
    hint = "Set a folder that holds a model, the name of a model that is in the local cache, or the default."
    return [Error(f"ENCODER is nothing that can be loaded: {encoder!r}.", hint=hint, id="salesconv.E005")]


@register()
def encoder_runtime_is_there(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    from mltraining.ml.encoder import RUNTIMES, TORCH  # noqa: PLC0415  # ml only inside functions

    runtime = settings.ENCODER_RUNTIME
    if runtime not in RUNTIMES:
        hint = f"Set one of {', '.join(RUNTIMES)}."
        return [Error(f"ENCODER_RUNTIME is nothing that is known: {runtime!r}.", hint=hint, id="salesconv.E013")]
    if runtime != TORCH and any(find_spec(name) is None for name in ONNX_PACKAGES):
        hint = "pip install -r requirements-onnx.txt (in Docker: build with EXTRAS=onnx), or set ENCODER_RUNTIME=torch."
        return [Error(f"ENCODER_RUNTIME={runtime} needs further packages.", hint=hint, id="salesconv.E014")]
    return []


@register()
def traces_can_be_sent(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT or find_spec("opentelemetry.sdk"):
        return []
    hint = "pip install -r requirements-otel.txt (in Docker: build with EXTRAS=otel), or leave the setting empty."
    return [Error("OTEL_EXPORTER_OTLP_ENDPOINT needs further packages.", hint=hint, id="salesconv.E030")]


@register()
def training_can_be_configured(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    from mltraining.training import BadConfiguration, checked  # noqa: PLC0415  # models are loaded after this module

    try:
        checked(settings.TRAINING)
    except BadConfiguration as error:
        hint = 'Set a JSON object of training fields, such as {"tune": "none"}, or leave it out.'
        return [Error(f"TRAINING cannot be used: {error}", hint=hint, id="salesconv.E010")]
    return []


@register()
def numbers_are_sensible(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(f"{name} is {getattr(settings, name)}.", hint="Set it to 1 or more.", id="salesconv.E006")
        for name in AT_LEAST_ONE
        if getattr(settings, name) < 1
    ]
    rate = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["token"]
    if not RATE.fullmatch(rate):
        hint = "Write a number and a unit of time: 600/min."
        found.append(Error(f"API_RATE is no rate: {rate!r}.", hint=hint, id="salesconv.E007"))
    if settings.COMFORTABLE_LABELS_PER_CLASS < settings.MIN_LABELS_PER_CLASS:
        hint = "Raise COMFORTABLE_LABELS_PER_CLASS, or lower MIN_LABELS_PER_CLASS."
        message = "COMFORTABLE_LABELS_PER_CLASS is below MIN_LABELS_PER_CLASS."
        found.append(Error(message, hint=hint, id="salesconv.E008"))
    return found


@register(Tags.security)
def webhooks_can_be_sent(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for network in settings.WEBHOOK_ALLOWED_NETWORKS:
        try:
            ip_network(network, strict=False)
        except ValueError:
            hint = "Write networks as 10.20.0.0/16, separated by commas."
            message = f"WEBHOOK_ALLOWED_NETWORKS names no network: {network!r}."
            found.append(Error(message, hint=hint, id="salesconv.E011"))
    if settings.WEBHOOK_TIMEOUT_SECONDS <= 0:
        message = f"WEBHOOK_TIMEOUT_SECONDS is {settings.WEBHOOK_TIMEOUT_SECONDS}."
        found.append(Error(message, hint="Set it to a few seconds.", id="salesconv.E012"))
    return found


@register(Tags.security)
def alerts_can_be_sent(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    from predictions.webhooks.addresses import AddressRefused, checked_url  # noqa: PLC0415  # models are loaded after

    if not settings.ALERT_WEBHOOK or webhooks_can_be_sent(None):
        return []
    try:
        checked_url(settings.ALERT_WEBHOOK)
    except AddressRefused as refused:
        return [Caution(f"No alert is sent to ALERT_WEBHOOK: {refused}", hint=refused.hint, id="salesconv.W004")]
    return []


@register()
def stores_belong_together(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if bool(settings.DATABASE_URL) == bool(settings.REDIS_URL):
        return []
    hint = "Set both DATABASE_URL and REDIS_URL, or neither; the other store is an embedded one of this machine."
    return [Caution("Only one of DATABASE_URL and REDIS_URL is set.", hint=hint, id="salesconv.W002")]


@register()
def mails_can_be_sent(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    wanted = [name for name in ("ALERT_EMAILS", "MAIL_NOTICES") if getattr(settings, name)]
    if settings.EMAIL_BACKEND not in UNSENT:
        return []
    hint = "Set EMAIL_URL: smtp+tls://user:password@mail.example.com:587."
    return [
        Caution(f"{name} is set, but no mail leaves this machine.", hint=hint, id="salesconv.W003") for name in wanted
    ]
