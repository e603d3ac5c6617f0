"""What beat runs every half minute: picks up whatever a lost message or a killed worker left lying."""

from predictions import insights, promotion, scoring


def sweep() -> None:
    from predictions.tasks import write_insight  # noqa: PLC0415  # the task's module imports this one

    promotion.sweep()
    scoring.sweep()
    for call_id in insights.overdue():
        write_insight.delay_on_commit(call_id)
