"""The one error of the insights."""

from calls.refusal import Refusal

# Why there is no answer -> what a reader of the page is told.
IN_WORDS = {
    "timeout": "The language model did not answer in time.",
    "unreachable": "The language model could not be reached.",
    "overloaded": "The language model is overloaded.",
    "no_access": "The language model refused the key or does not know the model that is set.",
    "bad_request": "The language model refused this conversation.",
    "outside_schema": "The language model answered in another form than it was asked for.",
    "own_address": "The language model wrote an address that nobody in the call gave.",
    "resting": "The language model failed several times in a row and is left alone for a while.",
    "budget_spent": "What language models may use in a day is used up.",
    "insight_failed": "The language model that is set cannot be used.",
}
# Another attempt a little later may go well.
MAY_HEAL = {"timeout", "unreachable", "overloaded"}
# The model's server turned the question away, so that no tokens were taken.
NOT_ANSWERED = {"unreachable", "overloaded", "no_access", "bad_request", "insight_failed"}
# The model was not asked.
NOT_ASKED = {"resting", "budget_spent"}


class InsightFailed(Refusal):
    """The model gave no usable answer. Its message never holds words of the call or of the model."""

    code = "insight_failed"

    @property
    def for_readers(self) -> str:
        return IN_WORDS[self.code]
