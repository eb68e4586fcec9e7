"""The settings of every process. What differs between machines comes from the environment; `.env.example` lists it."""

from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF

from config.environment import flag, given, integer, names, secret, text
from config.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Who may talk to us -------------------------------------------------------------------------------------------
DEBUG = flag("DEBUG", default=False)
SECRET_KEY = secret("SECRET_KEY", development=DEBUG)
SECRET_KEY_FALLBACKS = names("SECRET_KEY_FALLBACKS", "")
ALLOWED_HOSTS = names("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS", "")

PUBLIC_URL = text("PUBLIC_URL", "http://127.0.0.1:8080")  # where providers reach us
HTTPS = flag("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
if flag("TRUST_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- What the site is made of -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "workflow.apps.ControlAdminConfig",  # django.contrib.admin with our site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_q",
    "csp",
    "django_htmx",
    "workflow.apps.WorkflowConfig",
    "onboarding.apps.OnboardingConfig",
]
MIDDLEWARE = [
    "workflow.api.correlation.CorrelationMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
CSRF_FAILURE_VIEW = "workflow.api.handlers.csrf_failure"
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
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{validator}"}
    for validator in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- PostgreSQL: one database, two aliases ------------------------------------------------------------------------
# `default` carries business rows and the front door; `engine` carries claims, heartbeats and checkpoints: bound on the
# server, prepared at once, in autocommit, and never waiting long for a lock or idling inside a transaction.
DATABASE_URL = text("DATABASE_URL", "postgres://steadfast@127.0.0.1:5432/steadfast")
ENGINE_SESSION = "-c lock_timeout=2000 -c idle_in_transaction_session_timeout=60000"


def database(**changes: Any) -> dict[str, Any]:
    """The connection of one alias; every alias is the same database."""
    address: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL, conn_max_age=None))
    options = {**address.pop("OPTIONS", {}), **changes.pop("OPTIONS", {})}
    return {**address, "ATOMIC_REQUESTS": False, "CONN_HEALTH_CHECKS": True, "OPTIONS": options, **changes}


DATABASES = {
    "default": database(),
    "engine": database(
        CONN_HEALTH_CHECKS=False,
        OPTIONS={"server_side_binding": True, "prepare_threshold": 0, "options": ENGINE_SESSION},
        TEST={"MIRROR": "default"},
    ),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Time, language, files ----------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
STATIC_ROOT = text("STATIC_ROOT", str(BASE_DIR / "var" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = text("MEDIA_ROOT", str(BASE_DIR / "var" / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- HTTP API -----------------------------------------------------------------------------------------------------
# Calls per credential, such as 600/min, or none. Counted in the cache: per process, unless the cache is shared.
API_RATE = text("API_RATE", "600/min")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # a JSON body; files have a limit of their own
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": (
        "workflow.api.authentication.KeyAuthentication",
        "workflow.api.authentication.StaffAuthentication",
    ),
    "DEFAULT_PERMISSION_CLASSES": ("workflow.api.permissions.Permitted",),
    "DEFAULT_RENDERER_CLASSES": ("rest_framework.renderers.JSONRenderer",),
    "DEFAULT_PARSER_CLASSES": ("workflow.api.parsers.StrictJSONParser",),
    "DEFAULT_SCHEMA_CLASS": "workflow.api.schema.ProblemSchema",
    "EXCEPTION_HANDLER": "workflow.api.problems.exception_handler",
    "NUM_PROXIES": integer("NUM_PROXIES", 0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Steadfast",
    "DESCRIPTION": "Durable workflows: customer onboarding, and the control of every running instance.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "InstanceStatus": "workflow.models.Status",
        "IncidentStatus": "workflow.models.IncidentStatus",
        "OnboardingState": "onboarding.states.State",
        "DocumentKind": "onboarding.models.DocumentKind",
    },
    "POSTPROCESSING_HOOKS": (
        "drf_spectacular.hooks.postprocess_schema_enums",
        "workflow.api.schema.share_examples",
    ),
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
}

# --- Queue: django-q2 over the database ---------------------------------------------------------------------------
# One task at a time per worker and no redelivery: a lost job costs latency only, a repeated one is fenced anyway.
Q_WORKERS = 2
Q_CLUSTER = {
    "name": "steadfast",
    "orm": "default",
    "workers": Q_WORKERS,
    "queue_limit": Q_WORKERS,
    "bulk": 1,
    "max_attempts": 1,
    "ack_failures": True,
    "timeout": 300,
    "retry": 420,
    "catch_up": False,
    "poll": 1,
    "save_limit": 1000,
    "label": "Queue",
}

# --- Workflow engine: only what the environment names; `workflow/conf.py` holds the defaults ----------------------
WORKFLOW_VARIABLES: dict[str, type[int] | type[float] | type[bool]] = {
    "WORKFLOW_DEFAULT_TIMEOUT_SECONDS": float,
    "WORKFLOW_LOCK_TIMEOUT_SECONDS": float,
    "WORKFLOW_MAX_RETRIES": int,
    "WORKFLOW_TIMEOUT_INTERVAL_SECONDS": float,
    "WORKFLOW_RETRY_INTERVAL_SECONDS": float,
    "WORKFLOW_RECOVERY_INTERVAL_SECONDS": float,
    "WORKFLOW_OUTBOX_CLEANUP_INTERVAL_SECONDS": float,
    "WORKFLOW_CLEANUP_ENABLED": bool,
    "WORKFLOW_RETENTION_DAYS": int,
    "WORKFLOW_HEARTBEAT_SECONDS": float,
    "WORKFLOW_DEAD_AFTER_SECONDS": float,
    "WORKFLOW_POLL_SECONDS": float,
    "WORKFLOW_INLINE_BUDGET_SECONDS": float,
    "WORKFLOW_TURN_THREADS": int,
    "WORKFLOW_PIN_PROCESSOR": bool,
    "WORKFLOW_MISSING_DEFINITION_SECONDS": float,
    "WORKFLOW_HISTORY_WARNING_EVENTS": int,
    "WORKFLOW_HISTORY_MAXIMUM_EVENTS": int,
    "WORKFLOW_IDEMPOTENCY_DAYS": int,
}
globals().update(given(WORKFLOW_VARIABLES))
WORKFLOW_REDIS_ENABLED = flag("REDIS_ENABLED", default=False)
WORKFLOW_REDIS_URL = text("REDIS_URL", "")

# --- Onboarding ---------------------------------------------------------------------------------------------------
ONBOARDING_DEFAULT_VERSION = integer("ONBOARDING_DEFAULT_VERSION", 1)
ONBOARDING_EMAIL_LOGIC = integer("ONBOARDING_EMAIL_LOGIC", 2)
ONBOARDING_ACCOUNT_CURRENCY = text("ONBOARDING_ACCOUNT_CURRENCY", "EUR")
ONBOARDING_OTP_KEY = secret("ONBOARDING_OTP_KEY", development=DEBUG)
SIMULATOR_URL = text("SIMULATOR_URL", "http://127.0.0.1:8081")
ONBOARDING_PROVIDERS = {
    "sms": {"url": text("SMS_URL", SIMULATOR_URL), "secret": secret("SMS_SECRET", development=DEBUG)},
    "ekyc": {"url": text("EKYC_URL", SIMULATOR_URL), "secret": secret("EKYC_SECRET", development=DEBUG)},
    "core_banking": {
        "url": text("CORE_BANKING_URL", SIMULATOR_URL),
        "secret": secret("CORE_BANKING_SECRET", development=DEBUG),
    },
    "user_directory": {"adapter": text("USER_DIRECTORY", "none"), "url": text("USER_DIRECTORY_URL", "")},
}

# --- Logs ---------------------------------------------------------------------------------------------------------
LOGGING = logging_settings(form=text("LOG_FORMAT", "console" if DEBUG else "json"), level=text("LOG_LEVEL", "INFO"))
