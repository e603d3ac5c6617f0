"""What beat runs every half minute: picks up whatever a lost message or a killed worker left lying."""

from predictions import insight_attempts, insights, promotion, scoring
from predictions.live import sweeping as live
from predictions.risks import anew, finding
from predictions.webhooks import delivering


def sweep() -> None:
    from predictions.tasks import find_risks, write_insight  # noqa: PLC0415  # the tasks' module imports this one

    live.sweep()
    promotion.sweep()
    scoring.sweep()
    delivering.sweep()
    insights.jobs.sweep()
    insight_attempts.give_up()
    for call_id in insights.overdue():
        write_insight.delay_on_commit(call_id)
    for call_id in finding.overdue():
        find_risks.delay_on_commit(call_id)
    anew.begin()
