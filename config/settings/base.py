"""What is the same in every environment? Apps, middleware, API, jobs, logs, limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from config import env, logs

ROOT = env.ROOT
PATHS = env.PATHS
DEBUG = False
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_structlog",
    "django_htmx",
    "django_filters",
    "heroicons",
    "rest_framework",
    "drf_spectacular",
    "registry",
    "audits",
    "governance",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "config.middleware.ResponseHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.body_limits.BodyLimits",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["heroicons.templatetags.heroicons"],
        },
    }
]

AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = ["registry.sign_in.LockingBackend"]
SIGN_IN_TRIES = 5
SIGN_IN_LOCK = timedelta(minutes=15)
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failed"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"


DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = PATHS.static
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "config.bundles.VegaFinder",
]
BUNDLES_DIR = PATHS.var / "bundles"

# --- files: content-addressed blobs; S3-compatible storage when a bucket is named
UPLOAD_DIR = PATHS.uploads
UPLOAD_LIMIT_BYTES = env.whole("UPLOAD_LIMIT_BYTES", 200 * 1024 * 1024)
DOCUMENT_LIMIT_BYTES = env.whole("DOCUMENT_LIMIT_BYTES", 25 * 1024 * 1024)
# The ceiling for any body that is not a file upload; each parser sets a limit of its own below it.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_TEMP_DIR = UPLOAD_DIR
BLOB_STORAGE: dict[str, Any] = (
    # Beyond max_memory_size a download is spooled to disk instead of held in memory.
    {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": bucket, "max_memory_size": 16 * 1024**2},
    }
    if (bucket := env.text("BLOB_BUCKET"))
    else {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PATHS.blobs}}
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PATHS.blobs}},
    "blobs": BLOB_STORAGE,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "registry.api.authentication.TokenAuthentication",
        "registry.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["registry.api.permissions.SignedInWithScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.api.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.problem",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Formulary",
    "DESCRIPTION": "Register clinical AI models, audit them on real data, decide whether they may be used, prove it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "AuditKind": "audits.models.audit.KIND_CHOICES",
        "JobState": "audits.models.job.JobState",
        "VersionState": "registry.models.version.STATE_CHOICES",
        "UserRole": "registry.models.user.Role",
        "Jurisdiction": "registry.models.site.Jurisdiction",
        "GateOutcome": "governance.models.decision.GateOutcome",
        "GoalOutcome": "governance.models.adoption.GoalOutcome",
        "ReadinessState": "governance.models.adoption.ReadinessState",
        "ReviewOutcome": "governance.models.document.ReviewOutcome",
        "GovernedPlanKind": "governance.models.plan.PlanKind",
        "RecordState": "governance.models.risk.RiskState",
        "RiskControlKind": "governance.models.risk.CONTROL_KIND_CHOICES",
    },
}

# --- jobs (the broker is a hint, the table is the truth)
JOB_TIME_LIMIT_SECONDS = 1800
JOB_VISIBILITY_SECONDS = 3600
JOB_LEASE_SECONDS = env.whole("JOB_LEASE_SECONDS", 60)
JOB_HEARTBEAT_SECONDS = env.whole("JOB_HEARTBEAT_SECONDS", 15)
JOB_SWEEP_AFTER_SECONDS = env.whole("JOB_SWEEP_AFTER_SECONDS", 60)
JOB_SWEEP_EVERY_SECONDS = env.whole("JOB_SWEEP_EVERY_SECONDS", 15)
JOB_MAX_ATTEMPTS = 5
# Of each worker process: memory that it may write to, and the size of any one file.
JOB_MEMORY_BYTES = env.whole("JOB_MEMORY_BYTES", 6 * 1024**3)
JOB_FILE_BYTES = env.whole("JOB_FILE_BYTES", 8 * 1024**3)
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = JOB_TIME_LIMIT_SECONDS
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

# --- consent, gate
GATE_POLICY_PACK = env.text("GATE_POLICY_PACK", "baseline")
GATE_DECISION_LIFETIME = timedelta(hours=24)
PRODUCT_ID = env.text("FORMULARY_ID", "https://formulary.localhost")
GATE_KEY_MAY_BE_CREATED = False
GATE_KEY_PATH = PATHS.keys / "gate.pem"
TOKEN_MAX_LIFETIME = timedelta(days=90)

# --- e-mail: the daily list of what waits; without a mail server none is sent
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.whole("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "formulary@localhost")

# --- logs: one JSON object a line in production, readable text elsewhere; every line carries the request id
LOGGING = logs.logging_for(json=env.flag("LOG_JSON"), level=env.text("LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_CELERY_ENABLED = True
