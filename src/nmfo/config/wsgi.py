"""The WSGI callable that granian's workers load."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nmfo.config.settings")
application = get_wsgi_application()
