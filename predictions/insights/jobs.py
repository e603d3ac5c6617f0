"""Answers, drafts and briefs: asked for by a person, made by a worker from calls that the person may see."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from calls import leases
from calls.models import Call, Customer, Turn, User
from calls.refusal import Refusal
from calls.storable import without_nul
from calls.transcripts.redaction import redact
from predictions.insight_jobs import LONGEST_QUESTION
from predictions.insights import asking, material, providers, replying, spending
from predictions.insights.failure import InsightFailed
from predictions.insights.material import Line
from predictions.insights.quotes import Checked, checked
from predictions.insights.reply_schema import TASKS, Reply
from predictions.insights.transcript import harmless, tokens_of
from predictions.models import InsightJob, ReadCall

log = logging.getLogger(__name__)

MOST_AT_ONCE = 5  # of one person
MOST_CALLS = 5  # of a customer, the newest
CUT = "Not all of it was read: there is more than is read at once."
NOTICE = "Put together from sentences of the calls by their words and the trackers; no language model read them."
Kind, State = InsightJob.Kind, InsightJob.State


class JobRefused(Refusal):
    """What cannot be asked as it was; `code` says why."""

    code = "job_refused"


class TooManyJobs(JobRefused):
    code = "too_many_jobs"


@transaction.atomic
def ask(
    kind: str, by: User, *, question: str = "", call: Call | None = None, customer: Customer | None = None
) -> InsightJob:
    """Asks a worker for it; what it is about must be visible to the person. Raises JobRefused."""
    from predictions.tasks import write_insight_job  # noqa: PLC0415  # the task's module imports this one

    words = redact(without_nul(" ".join(question.encode(errors="ignore").decode().split()))).strip()
    if kind == Kind.ASK and not 0 < len(words) <= LONGEST_QUESTION:
        said = f"Expected a question of 1 to {LONGEST_QUESTION} characters."
        raise JobRefused(said, code="question_missing", hint="Ask in a sentence.", fields={"question": said})
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # of two questions at once the second counts the first
    if InsightJob.objects.unfinished().filter(by=by).count() >= MOST_AT_ONCE:
        hint = "Wait until one of them is answered."
        raise TooManyJobs(f"{MOST_AT_ONCE} of your questions are still being answered.", hint=hint)
    about = {"question": words if kind == Kind.ASK else "", "call": call, "customer": customer}
    job = InsightJob.objects.create(by=by, kind=kind, lease_until=leases.lease(), **about)
    write_insight_job.delay_on_commit(job.pk)
    return job


def write(job_id: int) -> None:
    """The worker's side. A message that comes twice finds nothing to do."""
    waiting = InsightJob.objects.filter(pk=job_id, state=State.ASKED)
    if not waiting.update(state=State.RUNNING, attempts=F("attempts") + 1, lease_until=leases.lease()):
        return
    job = InsightJob.objects.select_related("by").get(pk=job_id)
    leases.say_again(job, job.attempts)
    started = perf_counter()
    with leases.kept(lambda: held(job).update(lease_until=leases.lease())):
        lines = read(job)
        made = made_by(job, lines, settings.INSIGHTS_MODEL)
    if is_cut(job, lines):
        made = replace(made, notice=f"{made.notice} {CUT}".strip())
    keep(job, lines, made.as_fields(lines) | {"latency_ms": (perf_counter() - started) * 1000})


def read(job: InsightJob) -> list[Line]:
    """The lines that it is made from, of calls that the person may see now."""
    room = TASKS[Kind(job.kind)].room() - tokens_of(job.question)
    seen = Call.objects.visible_to(job.by)
    if job.kind == Kind.CALL_BRIEF:
        calls = seen.ready().filter(customer=job.customer_id).order_by("-started_at", "-pk")[:MOST_CALLS]
        newest = list(calls.values_list("pk", flat=True))
        return [line for pk in newest for line in material.both_ends(material.of_call(pk), room // len(newest))]
    if job.call_id is None:
        return material.about(job.question, seen, room)
    lines = material.of_call(job.call_id) if seen.filter(pk=job.call_id).exists() else []
    if job.kind == Kind.ASK and sum(line.tokens for line in lines) > room:
        return material.about(job.question, seen.filter(pk=job.call_id), room)
    return material.both_ends(lines, room)


def is_cut(job: InsightJob, lines: Sequence[Line]) -> bool:
    """A question over all calls is always answered from some of their passages."""
    is_about_one = job.call_id is not None or job.customer_id is not None
    return is_about_one and Turn.objects.filter(call__in={line.call_id for line in lines}).count() > len(lines)


@dataclass(frozen=True)
class Made:
    found: Checked
    model: str
    prompt_version: str
    notice: str
    instead_of: str = ""
    tokens_in: int = 0
    tokens_out: int = 0

    def as_fields(self, lines: Sequence[Line]) -> dict[str, Any]:
        return {
            "content": content_of(self.found.analysis, lines) | {"notice": self.notice},
            "model": self.model,
            "prompt_version": self.prompt_version,
            "instead_of": self.instead_of,
            "quotes_kept": self.found.kept,
            "quotes_dropped": self.found.dropped,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "cost": spending.cost_of(self.tokens_in, self.tokens_out),
        }


def made_by(job: InsightJob, lines: Sequence[Line], model: str) -> Made:
    task = TASKS[Kind(job.kind)]
    if model == providers.EXTRACTIVE or not lines:
        return Made(extractive(job, lines), providers.EXTRACTIVE, task.version, NOTICE)
    used = asking.Used()
    try:
        found = asking.ask(task, values_of(job, lines), lines, model=model, used=used)
    except InsightFailed as error:
        log.warning("No answer of %s for %s: %s", model, job, error)
        why = error.for_readers
        found = extractive(job, lines)
        return Made(found, providers.EXTRACTIVE, task.version, f"{why} {NOTICE}", why, used.tokens_in, used.tokens_out)
    return Made(found, model, task.version, "", "", used.tokens_in, used.tokens_out)


def values_of(job: InsightJob, lines: Sequence[Line]) -> dict[str, str]:
    """No names: a call is told by its day."""
    calls = Call.objects.filter(pk__in={line.call_id for line in lines})
    titles = {call.pk: f"Call of {call.started_at:%Y-%m-%d}" for call in calls}
    passages = {"passages": material.written(lines, titles)}
    return passages | ({"question": harmless(job.question)} if job.kind == Kind.ASK else {})


def extractive(job: InsightJob, lines: Sequence[Line]) -> Checked:
    if job.kind == Kind.ASK:
        return checked(replying.reply(job.question, lines), lines)
    return checked(replying.follow_up(lines) if job.kind == Kind.FOLLOW_UP else replying.call_brief(lines), lines)


def content_of(answer: Any, lines: Sequence[Line]) -> dict[str, Any]:
    """As plain JSON, where each quote names its call and its turn. An answer that rests on no words is none."""
    if isinstance(answer, Reply) and not (answer.is_said and answer.quotes):
        answer = Reply(is_said=False, answer=replying.NOT_SAID, quotes=[])
    content: dict[str, Any] = answer.model_dump()
    listed = [items for items in content.values() if isinstance(items, list)]
    for quote in [one for items in listed for item in items for one in item.get("quotes", [item])]:
        line = lines[quote["turn"]]
        quote |= {"call": line.call_id, "turn": line.index}
    return content


@transaction.atomic
def keep(job: InsightJob, lines: Sequence[Line], fields: dict[str, Any]) -> None:
    """Of calls that were erased while the answer was made nothing is kept."""
    wanted = {line.call_id for line in lines}
    if Call.objects.staying(wanted) != wanted:
        held(job).delete()
        return
    done = {"state": State.DONE, "lease_until": None, "finished_at": Now()}
    if held(job).update(**done, **fields):
        ReadCall.objects.bulk_create([ReadCall(job=job, call_id=pk) for pk in sorted(wanted)])


def held(job: InsightJob) -> QuerySet[InsightJob]:
    return InsightJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)


def sweep() -> None:
    """Starts again what stopped, gives up what stopped too often, and forgets what is old."""
    from predictions.tasks import write_insight_job  # noqa: PLC0415  # the task's module imports this one

    InsightJob.objects.outdated().delete()
    stopped = InsightJob.objects.stopped()
    stopped.filter(attempts__gte=settings.MAX_ATTEMPTS).update(state=State.FAILED, lease_until=None, finished_at=Now())
    for job in stopped.values_list("pk", flat=True):
        if stopped.filter(pk=job).update(state=State.ASKED, lease_until=leases.lease()):
            write_insight_job.delay_on_commit(job)
