"""Django's settings. Every value that a deployment may change is read from the environment;
docs/configuration.md lists them all."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import admin_theme, limits
from config.environment import BASE_DIR, data_dir, find_services

env = environ.Env()
env.read_env(BASE_DIR / ".env")

DATA_DIR = data_dir()
SERVICES = find_services()


def _secret_key() -> str:
    """The key from the environment, or one made once and kept in the data directory."""
    given: str = env.str("SECRET_KEY", default="")
    if given:
        return given
    path = DATA_DIR / "secret_key"
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key


SECRET_KEY = _secret_key()
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    # Without its autodiscovery, which config.urls does: only the web process shows an admin.
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_celery_beat",
    "django_celery_results",
    "django_filters",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "jobs",
    "executors",
    "scheduling",
    "dashboard",
    "config",
    # A project's own apps, for instance with a module `job_types`.
    *env.list("CELERIAC_APPS", default=[]),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.compression.CompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.error_pages.RefusedPages",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
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
            ],
        },
    },
]

# --- Postgres ---------------------------------------------------------------------------------
if not SERVICES.database_url and not env.bool("CELERIAC_NO_DATABASE", default=False):
    raise ImproperlyConfigured(
        "No database is known: set DATABASE_URL (or POSTGRES_HOST and its companions), or start "
        "`python3 manage.py demo` or `python3 manage.py up`, whose servers are then used."
    )
DATABASES = {"default": env.db_url_config(SERVICES.database_url or "postgres://")}
DATABASES["default"] |= {
    "ENGINE": "django.db.backends.postgresql",
    "CONN_MAX_AGE": env.int("DATABASE_CONN_MAX_AGE", default=600),
    "CONN_HEALTH_CHECKS": True,
}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=5,
    keepalives_idle=10,
    keepalives_interval=5,
    keepalives_count=3,
    # What is prepared (jobs.sql.Statement) is planned once, for any parameters.
    options="-c plan_cache_mode=force_generic_plan",
    application_name=env.str("CELERIAC_PROCESS", default="celeriac"),
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, files -----------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": SERVICES.redis_url,
        # As long as for the broker: whoever asks by Django's API can't do without an answer.
        "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
    }
    if SERVICES.redis_url
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(DATA_DIR / "artifacts"))
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- Who may do what --------------------------------------------------------------------------
LOGIN_URL = "ui:login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "ui:login"
CSRF_FAILURE_VIEW = "config.error_pages.forged"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
REST_KNOX = {
    "TOKEN_TTL": timedelta(days=env.int("TOKEN_TTL_DAYS", default=90)),
    "AUTH_HEADER_PREFIX": "Token",
}
# Per user, login attempts per name and address, callbacks with a wrong token per execution and
# address; a number of requests a second, minute or hour.
RATES = {
    "read": env.str("RATE_READ", default="600000/min"),
    "write": env.str("RATE_WRITE", default="600000/min"),
    "login": env.str("RATE_LOGIN", default="20/min"),
    "callback": env.str("RATE_CALLBACK", default="20/min"),
}
# Given a task's name or id, its id or None: lists of jobs are filtered by what an upper app knows.
FIND_TASK = "scheduling.defining.lookup.find_task"
# What the leading dispatcher calls again and again, so that the pages have something to draw.
HISTORY_STEP = "dashboard.history.keeping.step"
JOB_CACHE_SECONDS = env.int("JOB_CACHE_SECONDS", default=3600)
# A body within the limits, which the API checks before it reads, must not fail here.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("REQUEST_MAX_BYTES", default=32 * 1024 * 1024)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "jobs.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["jobs.permissions.RolePermission"],
    "DEFAULT_THROTTLE_CLASSES": ["jobs.throttles.UserThrottle"],
    "DEFAULT_PARSER_CLASSES": ["jobs.api.parsers.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": [
        "jobs.api.renderers.JsonRenderer",
        "jobs.api.renderers.PageRenderer",
    ],
    "DEFAULT_METADATA_CLASS": "jobs.api.metadata.Metadata",
    "DEFAULT_PAGINATION_CLASS": "jobs.api.pagination.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["jobs.api.filtering.Backend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Celeriac",
    "DESCRIPTION": "Submit jobs, watch them, and see where they run.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["jobs.permissions.RolePermission"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "PREPROCESSING_HOOKS": ["config.openapi.canonical_paths"],
    "POSTPROCESSING_HOOKS": [
        "config.openapi.add_refusals",
        "config.openapi.tag_by_kind",
        "config.openapi.summarise",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- Time -------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = env.str("TZ_NAME", default="UTC")
LANGUAGE_CODE = "en-us"
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"

# --- What is logged ---------------------------------------------------------------------------
# Django's own lines, tracebacks of failed requests included, go to standard error whether DEBUG
# is on or not. Celery and the dispatcher's command set up the root logger, which has the rest.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # What a client did wrong is the client's to read, in its answer.
        "django.request": {"level": "ERROR"},
        "django.security": {"level": "ERROR"},
        # Who did what on the pages.
        "celeriac.actions": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}

# --- Celery -----------------------------------------------------------------------------------
CELERY_BROKER_URL = SERVICES.broker_url
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_TRACK_STARTED = False
CELERY_TASK_SEND_SENT_EVENT = False
# Flower asks for them when it starts; -E sends them without being asked.
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_POOL_LIMIT = 10
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A step of ten, as wide as a job's priority.
    "priority_steps": list(range(10)),
    "queue_order_strategy": "priority",
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    # Leases are acknowledged on receipt, so that nothing is ever restored by this timeout.
    "visibility_timeout": 24 * 3600,
}
CELERY_DB_REUSE_MAX = 1_000_000
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "scheduling.beat.scheduler:Scheduler"

# --- Celeriac's own limits and intervals --------------------------------------------------------
CELERIAC = limits.read(env, DATA_DIR)

# --- The admin's looks --------------------------------------------------------------------------
UNFOLD = admin_theme.UNFOLD
