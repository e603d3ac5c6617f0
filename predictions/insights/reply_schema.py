"""What a language model is asked for beside the analysis: an answer, a draft of a mail, a brief before a call."""

from pydantic import BaseModel, Field

from predictions.insights.asking import Task
from predictions.insights.schema import NextStep, Point, Quote, listed
from predictions.models import InsightJob


class Reply(BaseModel):
    """The answer to a question about calls."""

    is_said: bool = Field(description="Whether the lines say what was asked.")
    answer: str = Field(description="One to four sentences; empty when the lines do not say it.")
    quotes: list[Quote] = listed("The words of the lines that the answer rests on.")


class FollowUp(BaseModel):
    """A mail to the customer after a call."""

    subject: str = Field(description="The subject, at most ten words.")
    opening: str = Field(description="One or two sentences that begin the mail, without a name.")
    points: list[Point] = listed("What the customer wants or asked, as a sentence to the customer.")
    next_steps: list[NextStep] = listed("What was agreed to happen next, as a sentence to the customer.")
    closing: str = Field(description="One sentence that ends the mail, without a name.")


class CallBrief(BaseModel):
    """What a rep should know before the next call with a customer."""

    summary: str = Field(description="Two to four sentences: what the customer wants, and how things stand.")
    needs: list[Point] = listed("What the customer needs or what troubles them.")
    objections: list[Point] = listed("What the customer held against buying.")
    promised: list[NextStep] = listed("What either side said it would do.")
    ask_about: list[Point] = listed("What the rep should ask or clear up in the next call.")


NEEDED: dict[InsightJob.Kind, type[BaseModel]] = {
    InsightJob.Kind.ASK: Reply,
    InsightJob.Kind.FOLLOW_UP: FollowUp,
    InsightJob.Kind.CALL_BRIEF: CallBrief,
}
TASKS = {kind: Task(kind.value, "1", schema) for kind, schema in NEEDED.items()}
