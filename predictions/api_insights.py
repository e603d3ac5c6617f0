"""Questions to calls, drafts of mails and briefs: asked for, and fetched when a worker has made them."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from calls.api_errors import example, refusal
from calls.api_examples import BASE, TAKEN_IN, with_example
from calls.api_fields import JSONObject
from calls.api_once import OncePerKey
from calls.api_people import asker
from calls.api_tokens import Scopes
from calls.models import Call, Customer
from calls.tokens import Scope
from predictions.insight_jobs import LONGEST_QUESTION
from predictions.insights import jobs
from predictions.models import InsightJob

ASKED = {"kind": "ask", "call": 17, "question": "What budget do they have?"}
JOB = {
    "id": 8,
    **ASKED,
    "customer": None,
    "state": "done",
    "content": {
        "is_said": True,
        "answer": "They have set aside 20,000 dollars for this quarter.",
        "quotes": [{"call": 17, "turn": 3, "quote": "We have set aside a budget of 20,000 dollars"}],
        "notice": "",
    },
    "model": "openai:my-model",
    "prompt_version": "1",
    "instead_of": "",
    "quotes_kept": 1,
    "quotes_dropped": 0,
    "tokens_in": 812,
    "tokens_out": 64,
    "cost": "0.000000",
    "latency_ms": 2100.0,
    "created_at": TAKEN_IN,
    "finished_at": "2026-03-02T10:00:03Z",
    "status_url": f"{BASE}/insights/8/",
}
NOT_ASKED = refusal(
    "It cannot be asked as it was sent.",
    example(
        "question_missing",
        "Expected a question of 1 to 500 characters.",
        "Ask in a sentence.",
        {"question": "Expected a question of 1 to 500 characters."},
    ),
)
TOO_MANY = refusal(
    "Too many of the account's questions are still being answered.",
    example("too_many_jobs", "5 of your questions are still being answered.", "Wait until one of them is answered."),
)
NEEDED = {"follow_up": "call", "call_brief": "customer"}
ALLOWED = {"ask": {"call", "question"}, "follow_up": {"call"}, "call_brief": {"customer"}}


@with_example(ASKED)
class AskedInsightSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(InsightJob.Kind.choices)
    question = serializers.CharField(
        max_length=LONGEST_QUESTION, required=False, help_text="For `ask`; personal numbers in it are taken out."
    )
    call = serializers.PrimaryKeyRelatedField(
        queryset=Call.objects.none(), required=False, allow_null=True,
        help_text="For `follow_up`, and for `ask` over one call; without it, over all that one may see.",
    )  # fmt: skip
    customer = serializers.PrimaryKeyRelatedField(
        queryset=Customer.objects.none(), required=False, allow_null=True, help_text="For `call_brief`."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if request := self.context.get("request"):
            person = asker(request)
            fields: Any = self.fields
            fields["call"].queryset = Call.objects.visible_to(person).ready()
            fields["customer"].queryset = Customer.objects.visible_to(person)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["kind"]
        given = {name for name in ("call", "customer", "question") if attrs.get(name)}
        wrong = dict.fromkeys(given - ALLOWED[kind], f"Leave it out for {kind}.")
        if (needed := NEEDED.get(kind)) and needed not in given:
            wrong[needed] = f"Name it for {kind}."
        if wrong:
            raise serializers.ValidationError(wrong)
        return attrs


@with_example(JOB)
class InsightJobSerializer(serializers.ModelSerializer):
    content = JSONObject(help_text="Empty until it is done. Every quote names its call and turn.")
    status_url = serializers.SerializerMethodField()

    class Meta:
        model = InsightJob
        fields = [
            *("id", "kind", "question", "call", "customer", "state", "content", "model", "prompt_version"),
            *("instead_of", "quotes_kept", "quotes_dropped", "tokens_in", "tokens_out", "cost", "latency_ms"),
            *("created_at", "finished_at", "status_url"),
        ]

    def get_status_url(self, job: InsightJob) -> str:
        return str(reverse("api:insight-detail", args=[job.pk], request=self.context.get("request")))


@extend_schema_view(retrieve=extend_schema(responses=InsightJobSerializer))
class InsightViewSet(OncePerKey, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """An answer, a draft or a brief of one's own, while all calls that it was made of may be seen."""

    queryset = InsightJob.objects.none()
    serializer_class = InsightJobSerializer
    scopes: Scopes = {"GET": Scope.ADD_INSIGHT, "POST": Scope.ADD_INSIGHT}
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> Any:
        return InsightJob.objects.visible_to(asker(self.request))

    @extend_schema(request=AskedInsightSerializer, responses={202: InsightJobSerializer, 400: NOT_ASKED, 409: TOO_MANY})
    def create(self, request: Request) -> Response:
        """Asks a worker; `status_url` has the answer in a while, and keeps it for a week."""
        form = AskedInsightSerializer(data=request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        asked = dict(form.validated_data)
        job = jobs.ask(asked.pop("kind"), asker(request), **asked)
        return Response(self.get_serializer(job).data, status=status.HTTP_202_ACCEPTED)
