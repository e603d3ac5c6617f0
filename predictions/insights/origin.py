"""Which score an insight was made from."""

from datetime import timedelta

from calls.models import Call
from predictions.models import Insight


def insights_by_score(call: Call) -> dict[int, Insight]:
    """The newest insight of each score by the score's key; a score that none was made from is left out.

    An insight reads the newest full score that there is when its work begins; a language model may then think for
    minutes, in which another score comes in.
    """
    scores = list(call.predictions.filter(is_partial=False).newest_first().values_list("pk", "created_at"))
    made: dict[int, Insight] = {}
    for insight in call.insights.all():  # newest first
        begun = insight.created_at - timedelta(milliseconds=insight.latency_ms)
        read = next((score for score, created_at in scores if created_at <= begun), None)
        if read is not None:
            made.setdefault(read, insight)
    return made
