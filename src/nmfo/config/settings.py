"""Settings of the portal: one file for every installation; what differs is in the environment (`nmfo config`)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from foundation.runtime.database import django_database
from foundation.runtime.environment import config
from foundation.runtime.keys import keys

CONFIG = config()
ROOT = Path(__file__).resolve().parents[3]

SITE = "nmfo"
SITE_NAME = _("NMFO portal")
BASE_URL = CONFIG.address
SECRET_KEY = keys().django
DEBUG = False
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "localhost", "localhost", "127.0.0.1", "[::1]", *CONFIG.allowed_hosts]
TRUSTED_PROXIES = CONFIG.trusted_proxies

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "procrastinate.contrib.django",
    "foundation.runtime",
    "foundation.db",
    "foundation.vault",
    "foundation.jobs",
    "foundation.ui",
    "foundation.mail",
    "foundation.audit",
    "foundation.files",
    "foundation.signin",
    "nmfo.reference",
    "nmfo.accounts",
    "nmfo.specialists",
    "nmfo.content",
    "nmfo.organisations",
    "nmfo.catalogue",
    "nmfo.credits",
    "nmfo.cycles",
    "nmfo.enrolment",
    "nmfo.participation",
    "nmfo.demo",
    "nmfo.web",
]

MIDDLEWARE = [
    "foundation.runtime.middleware.SecurityHeaders",
    "foundation.runtime.middleware.RequestFrame",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "foundation.runtime.middleware.Compress",
    "foundation.signin.middleware.SessionMiddleware",
    "foundation.ui.middleware.LookMiddleware",
    "foundation.ui.middleware.LanguageMiddleware",
    "foundation.runtime.middleware.SameOrigin",
    "django.middleware.csrf.CsrfViewMiddleware",
    "foundation.signin.middleware.AccountMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "foundation.signin.middleware.StageMiddleware",
    "foundation.signin.middleware.OwnerMiddleware",
    "nmfo.web.middleware.CabinetMiddleware",
    "foundation.runtime.middleware.FormsOnly",
]

ROOT_URLCONF = "nmfo.config.urls"
WSGI_APPLICATION = "nmfo.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted((ROOT / "src" / "nmfo" / "web").glob("*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "foundation.ui.context.look",
                "nmfo.web.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.l10n",
                "django.templatetags.static",
                "foundation.ui.templatetags.folded",
                "foundation.ui.templatetags.ui",
            ],
        },
    }
]

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # widgets of ours use our tags

DATABASES = {"default": django_database(CONFIG, "nmfo", CONFIG.database_url, CONFIG.database_owner_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "nmfo.specialists.backends.People",
    "foundation.signin.backends.Accounts",  # sessions that were opened before ours say so, or Django's
    "django.contrib.auth.backends.ModelBackend",
]
STAGE_PAGES = {
    "password": ("account:password-first",),
    "factor": ("account:second-factor", "account:second-factor-passkey"),
    "enrol": ("account:enrol", "account:enrol-passkey"),
    "agreement": ("account:agreement",),
    "longer_password": ("account:password-first",),
}
STAGE_ALWAYS = ("account:sign-out",)
LOGIN_URL = "account:sign-in"
LOGIN_REDIRECT_URL = "specialist:dashboard"
PASSWORD_HASHERS = ["foundation.signin.hashing.PortalArgon2PasswordHasher"]
SESSION_ENGINE = "foundation.signin.sessions"
SESSION_COOKIE_NAME = "__Host-session" if CONFIG.tls else "session"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CONFIG.tls
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if CONFIG.tls else "csrf"
CSRF_COOKIE_SECURE = CONFIG.tls
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "foundation.runtime.failures.csrf_failure"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_CHOSEN = ["nmfo.web.account.views.write_in"]

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
LOCALE_PATHS = [CONFIG.data / "locale" / "nmfo"]  # compiled from every package's locale/ru.po at start
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Moscow"
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.data / "static" / "nmfo"
STATICFILES_FINDERS = [
    "foundation.ui.assets.ComponentFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILES_ROOT = CONFIG.data / "files"
LARGEST_REQUEST_BYTES = 110 * 1024 * 1024  # ten scans of ten megabytes, and what stands around them
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS: list[str] = []
TEST_RUNNER = "django.test.runner.DiscoverRunner"
LOGGING_CONFIG = None  # foundation.runtime.logs sets it up

SMTP = {
    "host": CONFIG.smtp_host,
    "port": CONFIG.smtp_port,
    "user": CONFIG.smtp_user,
    "password": CONFIG.smtp_password,
    "security": CONFIG.smtp_security,
}
MAIL_FROM = CONFIG.mail_from
SUPPORT_MAIL = CONFIG.support_mail
AUDITOR_MAIL = CONFIG.auditor_mail
AUDIT_CHECKS = [  # what `nmfo audit verify` and the nightly job look at besides the trail
    "nmfo.credits.balancing.faults",
    "nmfo.enrolment.balancing.faults",
    "nmfo.participation.balancing.faults",
]
DATA = CONFIG.data

# Sign-in (identity.md 7 and 10; reliability.md section 4)
LOCK_ATTEMPTS = 5
LOCK_WINDOW_S = 600
LOCK_SECONDS = 600
TEMP_PASSWORD_HOURS = 24
LINK_HOURS = 24
SUDO_SECONDS = 600
SESSION_IDLE_S = 2 * 3600
SESSION_ABSOLUTE_S = 12 * 3600
STAFF_SESSION_IDLE_S = 1800
STAFF_SESSION_ABSOLUTE_S = 8 * 3600
PASSWORD_MIN_LENGTH = 12
STAFF_PASSWORD_MIN_LENGTH = 15
ORGANISATION_REVIEW_DAYS = CONFIG.organisation_review_days
OPERATOR_ADDRESS = CONFIG.operator_address
REGISTRATION_MODE = CONFIG.registration_mode
RECOVERY_MODE = CONFIG.recovery_mode
BREACHED_PASSWORDS = CONFIG.breached_passwords or str(CONFIG.data / "breached.bin")

# Catalogue (docs/how-it-works/search.md)
RULES_KEPT_S = 10.0  # pages take the rules of credits from memory for so long
SHOWN_KEPT_S = 60.0  # and what they recommend to many of the catalogue
SEARCH_LOOK_S = 1.0  # a web process asks the database at most so often what has changed
CLIENT_PAGES_PER_S = CONFIG.client_pages_per_s

# Enrolment (docs/how-it-works/enrolment.md): days and hours of who holds an application
APPLICATION_ANSWER_DAYS = CONFIG.application_answer_days
APPLICATION_RETURN_DAYS = CONFIG.application_return_days
APPLICATION_BASIS_DAYS = CONFIG.application_basis_days
SEAT_OFFER_HOURS = CONFIG.seat_offer_hours
