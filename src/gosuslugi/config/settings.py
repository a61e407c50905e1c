"""Settings of the state-services account."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from foundation.runtime.database import django_database
from foundation.runtime.environment import config
from foundation.runtime.keys import keys

CONFIG = config()
SITE = "gosuslugi"
SITE_NAME = _("State services (stand)")
BRAND = "gosuslugi"
BASE_URL = f"http://localhost:{CONFIG.gosuslugi_port}"
SECRET_KEY = keys().django
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *CONFIG.allowed_hosts]
TRUSTED_PROXIES = CONFIG.trusted_proxies

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "foundation.runtime",
    "foundation.db",
    "foundation.ui",
    "gosuslugi.web",
]
MIDDLEWARE = [
    "foundation.runtime.middleware.SecurityHeaders",
    "foundation.runtime.middleware.RequestFrame",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "foundation.ui.middleware.LookMiddleware",
    "foundation.ui.middleware.LanguageMiddleware",
    "foundation.runtime.middleware.SameOrigin",
    "django.middleware.csrf.CsrfViewMiddleware",
    "foundation.runtime.middleware.FormsOnly",
]
ROOT_URLCONF = "gosuslugi.config.urls"
WSGI_APPLICATION = "gosuslugi.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parents[1] / "web" / "templates"],  # its own header comes before the portal's
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "foundation.ui.context.look",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "foundation.ui.templatetags.ui"],
        },
    }
]
DATABASES = {"default": django_database(CONFIG, "gosuslugi", CONFIG.gosuslugi_database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LARGEST_REQUEST_BYTES = 2 * 1024 * 1024
SESSION_COOKIE_SECURE = CONFIG.tls
CSRF_COOKIE_NAME = "__Host-gu-csrf" if CONFIG.tls else "gu-csrf"
CSRF_COOKIE_SECURE = CONFIG.tls
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "foundation.runtime.failures.csrf_failure"
LANGUAGE_COOKIE_NAME = "gu-language"
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
LOCALE_PATHS = [CONFIG.data / "locale" / "gosuslugi"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Moscow"
STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.data / "static" / "gosuslugi"
STATICFILES_FINDERS = [
    "foundation.ui.assets.ComponentFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
LOGGING_CONFIG = None
DATA = CONFIG.data
SUPPORT_MAIL = CONFIG.support_mail
