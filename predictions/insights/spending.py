"""What language models may use in a day: reserved before a model is asked, settled when it has answered."""

from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from predictions.insights.failure import InsightFailed
from predictions.model_uses import NOTHING, ModelUse

MILLION = Decimal(1_000_000)
HINT = "Raise INSIGHTS_TOKENS_PER_DAY or INSIGHTS_COST_PER_DAY, or wait for midnight in UTC."


def cost_of(tokens_in: int, tokens_out: int) -> Decimal:
    paid = tokens_in * Decimal(str(settings.INSIGHTS_PRICE_IN)) + tokens_out * Decimal(str(settings.INSIGHTS_PRICE_OUT))
    return (paid / MILLION).quantize(Decimal("0.000001"))


@transaction.atomic
def reserve(use: ModelUse) -> ModelUse:
    """Saves the row, in which stands the most that the question may take. Raises InsightFailed beyond the budget."""
    with connection.cursor() as cursor:  # two workers may not both take what is left for one
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('predictions_modeluse', 0))")
    use.cost = cost_of(use.tokens_in, use.tokens_out)
    tokens, cost = ModelUse.objects.of_today().spent()
    most_tokens, most_cost = settings.INSIGHTS_TOKENS_PER_DAY, Decimal(str(settings.INSIGHTS_COST_PER_DAY))
    over = (most_tokens and tokens + use.tokens_in + use.tokens_out > most_tokens) or (
        most_cost and cost + use.cost > most_cost
    )
    if over:
        raise InsightFailed("The budget of the day is spent.", code="budget_spent", hint=HINT)
    use.save()
    return use


def settle(use: ModelUse, tokens: tuple[int, int] | None, milliseconds: float, failure: str = "") -> None:
    """`tokens` read and written; None: not known, and what was reserved counts."""
    if tokens is not None:
        use.tokens_in, use.tokens_out = tokens
        use.cost = cost_of(*tokens) if any(tokens) else NOTHING
    use.latency_ms, use.failure = milliseconds, failure
    use.save()
