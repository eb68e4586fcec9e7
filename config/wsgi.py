"""The WSGI entry point, served by gunicorn. Its processes drive what their own calls start or wake."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from workflow.checks import require_no_errors  # noqa: E402  needs the apps that the line above made ready
from workflow.engine.hosting import allow_inline_turns  # noqa: E402

require_no_errors()
allow_inline_turns()
