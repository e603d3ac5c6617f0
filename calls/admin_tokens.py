"""API tokens in the admin: issued and shown once, watched, revoked."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSplitDateTimeWidget

from calls.admin_asking import asks_first
from calls.admin_history import HistoryOfValues
from calls.models import Token, User
from calls.tokens import Scope, end_after


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="What it may be used for, within what the account's role and teams allow.",
    )
    expires_at = forms.SplitDateTimeField(
        widget=UnfoldAdminSplitDateTimeWidget, initial=lambda: end_after(settings.TOKEN_DAYS)
    )

    class Meta:
        model = Token
        fields = ["user", "name", "scopes", "expires_at"]

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if not user.is_active:
            raise ValidationError("This account is not active; its token would be refused.")
        return user

    def clean_expires_at(self) -> datetime:
        moment: datetime = self.cleaned_data["expires_at"]
        if moment <= timezone.now():
            raise ValidationError("This lies in the past.")
        return moment


class TokenAdmin(HistoryOfValues):
    list_display = ["start", "name", "user", "state", "last_used_at", "expires_at", "created_at", "created_by"]
    list_filter = ["user"]
    list_select_related = ["user", "created_by"]
    search_fields = ["name", "start", "user__username"]
    autocomplete_fields = ["user"]
    actions = ["revoke"]
    readonly_fields = ["state", "granted"]

    def get_fields(self, request: HttpRequest, obj: Token | None = None) -> list[str]:
        times = ["created_at", "created_by", "last_used_at", "expires_at", "revoked_at"]
        return ["start", "user", "name", "granted", "state", *times] if obj else TokenForm.Meta.fields

    def get_form(
        self, request: HttpRequest, obj: Token | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        return super().get_form(request, obj, change, **(kwargs if obj else kwargs | {"form": TokenForm}))

    @admin.display
    def state(self, token: Token) -> str:
        return token.state(timezone.now())

    @admin.display(description="Scopes")
    def granted(self, token: Token) -> str:
        return ", ".join(token.scopes)

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool
    ) -> None:  # Django's signature
        obj.created_by = request.user
        obj.secret = obj.seal()
        obj.save()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The secret goes into this one page; a message after a redirect would leave it in a cookie."""
        context = {**self.admin_site.each_context(request), "title": "The new token", "token": obj, "opts": self.opts}
        response = TemplateResponse(request, "admin/calls/token/issued.html", context)
        add_never_cache_headers(response)
        return response

    @admin.action(description="Revoke for good", permissions=["add"])
    @asks_first("Whatever uses these tokens is refused from now on; none can be used again.", yes="Revoke for good")
    def revoke(self, request: HttpRequest, tokens: QuerySet[Token]) -> None:
        count = Token.objects.filter(pk__in=tokens.values("pk")).revoke(timezone.now())
        self.message_user(request, f"{count} revoked.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Of admins alone: whoever issues a token can act as its account."""
        return request.user.sees_all and super().has_add_permission(request)  # type: ignore[union-attr]  # staff only

    def has_change_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Token | None = None) -> bool:
        return False
