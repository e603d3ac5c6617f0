"""The project: settings, addresses and the Celery application. It may import all; nobody imports it."""

from salesconv import checks as checks  # registers the system checks
from salesconv import checks_sign_in as checks_sign_in
from salesconv import task_headers as task_headers  # whoever sends a task says when
from salesconv import tracing as tracing  # workers and beat begin with it, where it is set
from salesconv.celery import app as celery_app

__all__ = ["celery_app"]
