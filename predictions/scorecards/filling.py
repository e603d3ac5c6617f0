"""Beginning a scorecard of a call, with what the product can answer, and saving what a person says."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from calls.models import Call, User
from calls.refusal import Refusal
from calls.transcripts.redaction import redact
from predictions.guesses import awaiting_guess
from predictions.scorecards.automatic import Heard, answer_to
from predictions.scorecards.models import LONGEST_NOTE, Answer, Scorecard
from predictions.scorecards.templates import Question, ScorecardTemplate


class ScorecardRefused(Refusal):
    """A scorecard that cannot be begun or kept as it is."""

    code = "scorecard_refused"


@dataclass(frozen=True)
class Said:
    """`given` None: not answered, or as it was found."""

    given: int | None = None
    words: str = ""


@transaction.atomic
def begin(template: ScorecardTemplate, call: Call, *, by: User) -> Scorecard:
    """The person's scorecard of this call, made if there is none: clicking twice makes no second one."""
    if not ScorecardTemplate.objects.visible_to(by).offered_for(call).filter(pk=template.pk).exists():
        raise ScorecardRefused(f"{template} is not offered for this call.", hint="Choose another scorecard.")
    if not call.is_readable:
        raise ScorecardRefused("There is nothing to read in this call.")
    if awaiting_guess(by).filter(pk=call.pk).exists() and template.questions.live().answered_from_insight().exists():
        hint = "Say first, on the page of the call, what you think of it."
        raise ScorecardRefused(f"{template} would give away what you are to guess of this call.", hint=hint)
    scorecard, is_new = Scorecard.objects.get_or_create(template=template, call=call, author=by)
    if is_new:
        heard = Heard(call)
        answers = [answer_to(question, heard) for question in template.questions.live().select_related("tracker")]
        for answer in answers:
            answer.scorecard = scorecard
        Answer.objects.bulk_create(answers)
    return scorecard


@transaction.atomic
def save(scorecard: Scorecard, said: Mapping[int, Said], *, note: str, is_private: bool) -> None:
    """`said` by question; what was found stays beside it, so that an override can be taken back."""
    answers = list(scorecard.answers.select_for_update(of=("self",)).select_related("question"))
    for answer in answers:
        told = said.get(answer.question_id, Said())
        check(answer.question, told)
        answer.given, answer.words = told.given, kept(told.words)
    Answer.objects.bulk_update(answers, ["given", "words"])
    scorecard.note, scorecard.is_private, scorecard.saved_at = kept(note), is_private, timezone.now()
    scorecard.save(update_fields=["note", "is_private", "saved_at"])


def check(question: Question, said: Said) -> None:
    if said.given is not None and not question.allows(said.given):
        raise ScorecardRefused(f"“{question.text}” has no answer {said.given}.", hint="Choose one of those shown.")


def kept(text: str) -> str:
    tidy = redact(text.replace("\0", "").strip())
    if len(tidy) > LONGEST_NOTE:
        raise ScorecardRefused(f"At most {LONGEST_NOTE:,} characters; this has {len(tidy):,}.")
    return tidy
