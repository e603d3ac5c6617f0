"""Celery's configuration: queues, routes and the beat schedule. The only place that knows queues."""

from datetime import timedelta

from celery.schedules import crontab
from django.conf import settings

QUEUES = ("default", "live", "urgent", "scoring", "gpu", "webhooks")

broker_url = settings.CELERY_BROKER_URL
broker_connection_retry_on_startup = True
broker_connection_max_retries = None  # however long Redis is away, a worker comes back with it
broker_channel_error_retry = True  # a Redis without memory is no reason to end
task_publish_retry_policy = {"max_retries": 1, "interval_start": 0.1}  # whoever waits has a row, and a sweep behind it
# A task killed with its worker comes back after the visibility time-out, checked every second or two; work that
# takes longer claims its row and renews a lease, so a second delivery finds nothing to do.
broker_transport_options = {
    "visibility_timeout": settings.TRAINING_DEADLINE_SECONDS + 600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 30,  # seconds; one killed while it looks would keep all others from it for five minutes
    "socket_timeout": settings.REDIS_SECONDS,
    "socket_connect_timeout": settings.REDIS_SECONDS,
    "queue_order_strategy": "priority",  # a worker of several queues takes from the one that it names first
}
result_backend = None  # progress and results live in rows
task_ignore_result = True
task_acks_late = True
task_default_queue = "default"
task_routes = {  # the first that fits
    "predictions.tasks.score_live_call": {"queue": "live"},
    "predictions.tasks.score_*": {"queue": "scoring"},
    "predictions.tasks.answer_*": {"queue": "urgent"},
    "predictions.tasks.encode_*": {"queue": "urgent"},
    "predictions.tasks.fan_out_events": {"queue": "webhooks"},
    "predictions.tasks.deliver_event": {"queue": "webhooks"},
    "predictions.tasks.write_vectors": {"queue": "gpu"},
    "predictions.tasks.write_preview": {"queue": "gpu"},
    "mltraining.tasks.train": {"queue": "gpu"},
}
task_serializer = "json"
accept_content = ["json"]
timezone = "UTC"
worker_prefetch_multiplier = 1
worker_cancel_long_running_tasks_on_connection_loss = True
worker_soft_shutdown_timeout = 10
# Beat keeps no file of when it sent what: celery would pickle that. It counts from its own start, so what is due by the
# day or hour has its moments on the clock, several a night: each finds by rows what is left to do, mostly nothing.
beat_scheduler = "celery.beat:Scheduler"
beat_schedule = {
    "sweep-calls": {"task": "calls.tasks.sweep", "schedule": timedelta(seconds=30)},
    "sweep-runs": {"task": "mltraining.tasks.sweep", "schedule": timedelta(seconds=30)},
    "sweep-scores": {"task": "predictions.tasks.sweep", "schedule": timedelta(seconds=30)},
    "watch": {"task": "predictions.tasks.watch", "schedule": timedelta(minutes=5)},
    "retrain": {"task": "mltraining.tasks.retrain", "schedule": crontab(hour="2-5", minute="0")},
    "erase-old-calls": {"task": "calls.tasks.erase_old_calls", "schedule": crontab(hour="3-6", minute="30")},
    "forget-answers": {"task": "calls.tasks.forget_answers", "schedule": crontab(minute="15")},
    "forget-sessions": {"task": "calls.tasks.forget_sessions", "schedule": crontab(hour="4-7", minute="0")},
    "purge-spool": {"task": "calls.tasks.purge_spool", "schedule": crontab(minute="15")},
}
