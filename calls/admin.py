"""People, teams, customers and evidence about outcomes. Calls stand in predictions/admin.py, beside their scores; what
has a file of its own is registered here."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from calls import lock_out, second_factor
from calls.admin_asking import asks_first
from calls.admin_customers import CustomerAdmin
from calls.admin_erasures import DisclosureAdmin, ErasureAdmin
from calls.admin_history import HistoryOfValues
from calls.admin_mappings import FieldMappingAdmin
from calls.admin_tables import TableAdmin
from calls.admin_teams import TeamAdmin
from calls.admin_tokens import TokenAdmin
from calls.models import Call, Customer, Disclosure, Erasure, FieldMapping, Label, Team, Token, User
from calls.tables import OutcomeTable
from calls.taking_back import take_back

SHOWN_NAME = 24  # characters of source and external id
SHOWN_REFUSALS = 10

admin.site.unregister(Group)  # roles and teams decide what a person may see
# Settings name the provider of single sign-on, and second factors hold secrets.
admin.site.unregister([EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken])


def short_name(call: Call) -> SafeString:
    """Leaves the columns beside it their room in a list."""
    return format_html('<span title="{}">{}</span>', call, Truncator(call).chars(SHOWN_NAME))


def sees_all(request: HttpRequest) -> bool:
    return bool(request.user.sees_all)  # type: ignore[union-attr]  # staff only


@admin.register(User)
class PersonAdmin(UserAdmin, HistoryOfValues):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "role", "team", "email", "is_active", "last_login"]
    list_filter = ["role", "team", "is_active"]
    list_select_related = ["team"]
    filter_horizontal = ["teams"]
    actions = ["free", "take_away_factors"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email"]}),
        ("Role", {"fields": ["role", "team", "teams", "is_active", "is_staff", "is_superuser"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Of admins alone, as all that follows: whoever changes an account can give itself every right."""
        return sees_all(request) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return sees_all(request) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return sees_all(request) and super().has_delete_permission(request, obj)

    @admin.action(description="Free after wrong passwords", permissions=["change"])
    def free(self, request: HttpRequest, people: QuerySet[User]) -> None:
        freed = [person for person in people if lock_out.free(person.username)]
        for person in freed:
            self.log_change(request, person, "Freed after wrong passwords.")
        names = ", ".join(person.username for person in freed)
        said = f"Freed: {names}." if freed else "Nobody of them had given a wrong password of late."
        self.message_user(request, said, messages.SUCCESS)

    @admin.action(description="Take away second factors, of a lost phone", permissions=["change"])
    @asks_first(
        "Apps, keys and recovery codes of these people are gone for good: each signs in with the password alone, and "
        "adds a second factor anew where one is required.",
        yes="Take away second factors",
    )
    def take_away_factors(self, request: HttpRequest, people: QuerySet[User]) -> None:
        bare = [person for person in people if second_factor.take_away(person)]
        for person in bare:
            self.log_change(request, person, "Second factors taken away.")
        said = f"Taken away from: {', '.join(person.username for person in bare)}." if bare else "None of them had one."
        self.message_user(request, said, messages.SUCCESS)


admin.site.register(Team, TeamAdmin)
admin.site.register(Customer, CustomerAdmin)
admin.site.register(Disclosure, DisclosureAdmin)
admin.site.register(Erasure, ErasureAdmin)
admin.site.register(FieldMapping, FieldMappingAdmin)
admin.site.register(Token, TokenAdmin)


@admin.register(Label)
class LabelAdmin(TableAdmin, ModelAdmin):
    """Evidence is added on a call's page, in the queue, or here by CSV; it is taken back by adding, never changed."""

    resource_classes = [OutcomeTable]
    actions = ["take_back"]
    list_display = ["created_at", "outcome", "of_call", "deal", "source", "origin", "author", "known_at"]
    list_filter = ["outcome", "source", "author"]
    list_select_related = ["call", "author"]
    search_fields = ["call__external_id", "deal", "origin"]
    date_hierarchy = "created_at"

    @admin.display(description="Call", empty_value="–", ordering="call__external_id")
    def of_call(self, label: Label) -> SafeString | None:
        return short_name(label.call) if label.call else None

    @admin.action(description="Take back", permissions=["take_back"])
    def take_back(self, request: HttpRequest, chosen: QuerySet[Label]) -> None:
        report = take_back(chosen.select_related("call", "author"), request.user)  # type: ignore[arg-type]  # staff only
        for label, refusal in report.refused[:SHOWN_REFUSALS]:
            self.message_user(request, f"{label.call or label.deal}: {refusal.in_words}", messages.ERROR)
        if more := len(report.refused[SHOWN_REFUSALS:]):
            self.message_user(request, f"{more} more could not be taken back.", messages.ERROR)
        if report.done:
            self.message_user(request, f"{len(report.done)} taken back.", messages.SUCCESS)

    def has_take_back_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("calls.change_call")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Label]:
        return Label.objects.visible_to(request.user)  # type: ignore[arg-type]  # staff only

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Label | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Label | None = None) -> bool:
        return False
