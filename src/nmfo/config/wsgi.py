"""The WSGI callable that granian's workers load."""

import os

from django.core.wsgi import get_wsgi_application

from foundation.runtime.environment import config
from foundation.runtime.logs import set_up
from foundation.runtime.memory import settle
from foundation.runtime.supervisor import die_with_parent

os.environ["DJANGO_SETTINGS_MODULE"] = "nmfo.config.settings"
die_with_parent()
set_up(config().log_level)
application = get_wsgi_application()

from nmfo.catalogue.search.index import warm_up  # noqa: E402 - after the applications are loaded

warm_up()
settle()
