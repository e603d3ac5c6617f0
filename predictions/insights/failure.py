"""The one error of the insights."""

from calls.refusal import Refusal


class InsightFailed(Refusal):
    """The model gave no usable analysis. Its message never holds words of the call or of the model."""

    code = "insight_failed"
