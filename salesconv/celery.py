"""The Celery application; its configuration is salesconv/queues.py, read when first needed."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesconv.settings")

app = Celery("salesconv", task_cls="salesconv.messages:SweptTask")
app.config_from_object("salesconv.queues")
app.autodiscover_tasks()
