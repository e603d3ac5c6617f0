"""Evidence about a call's outcome, read and added by the API."""

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request

from calls import labels
from calls.api_errors import example, refusal
from calls.api_examples import LABEL, POSTED_LABEL, with_example
from calls.api_fields import Moment
from calls.api_people import asker
from calls.models import Call, Label, Said

NOT_KEPT = refusal(
    "Evidence that cannot be true.",
    example(
        "label_refused",
        "The label cannot be accepted.",
        fields={"known_at": "The outcome cannot be known before the call began."},
    ),
)


@with_example(LABEL)
class LabelSerializer(serializers.ModelSerializer):
    author = serializers.CharField(source="author.username", default=None, allow_null=True)

    class Meta:
        model = Label
        fields = ["id", "outcome", "source", "origin", "author", "deal", "note", "known_at", "created_at"]


@with_example(POSTED_LABEL)
class PostedLabelSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=Said.choices)
    known_at = Moment(required=False, allow_null=True, help_text="When the outcome became known; now, if left out.")
    note = serializers.CharField(max_length=labels.LONGEST_NOTE, required=False, allow_blank=True, allow_null=True)


def evidence_on(call: Call) -> QuerySet[Label]:
    """The call's own evidence and its deal's, newest first."""
    return Label.objects.for_call(call).select_related("author").order_by("-created_at", "-pk")


def add_label(request: Request, call: Call) -> Label:
    """Somebody signed in to the pages speaks as a person; whoever holds a token speaks through the API."""
    form = PostedLabelSerializer(data=request.data)
    form.is_valid(raise_exception=True)
    is_person = isinstance(request.successful_authenticator, SessionAuthentication)
    return labels.record(
        call=call,
        outcome=form.validated_data["outcome"],
        known_at=form.validated_data.get("known_at"),
        note=form.validated_data.get("note") or "",
        source=Label.Source.PERSON if is_person else Label.Source.API,
        origin=asker(request).username,
        author=asker(request),
    )
