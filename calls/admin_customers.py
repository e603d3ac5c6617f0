"""Customers in the admin: brought in as a table, changed, handed out, and erased once their name was
typed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from calls import erasing, held
from calls.admin_history import HistoryOfValues
from calls.admin_tables import TableAdmin
from calls.delivery import customer_fields
from calls.models import Customer, Disclosure, User
from calls.refusal import Refusal
from calls.subject_export import zip_of
from calls.tables import CustomerTable


def asker(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # the admin lets nobody in who is not logged in


class CustomerForm(forms.ModelForm):
    """Keeps what a delivery's customer would keep."""

    def clean(self) -> dict[str, Any]:
        filled = super().clean() or self.cleaned_data
        problems: dict[str, str] = {}
        filled |= customer_fields(filled, problems)
        for name, said in problems.items():
            self.add_error(name.removeprefix("customer."), said)
        return filled


class NameForm(forms.Form):
    name = forms.CharField(widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}), required=False)


class CustomerAdmin(TableAdmin, HistoryOfValues):
    resource_classes = [CustomerTable]
    form = CustomerForm
    list_display = ["external_id", "name", "segment", "region", "size", "source"]
    list_filter = ["segment", "region", "source"]
    search_fields = ["external_id", "name"]
    readonly_fields = ["created_at"]
    actions = ["erase_one"]
    actions_detail = ["hand_out", "erase"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        return Customer.objects.visible_to(asker(request))

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """A row that is deleted alone would leave its traces: customers are erased."""
        return False

    def has_erase_permission(self, request: HttpRequest, object_id: str = "") -> bool:
        return asker(request).sees_all

    @action(description="All that is held (zip)", url_path="export", permissions=["erase"])
    def hand_out(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if not (customer := self.get_object(request, object_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return zip_of(customer, by=asker(request), door=Disclosure.Door.ADMIN)

    @admin.action(description="Erase…", permissions=["erase"])
    def erase_one(self, request: HttpRequest, customers: QuerySet[Customer]) -> HttpResponse | None:
        if len(customers) == 1:
            return redirect("admin:calls_customer_erase", customers[0].pk)
        self.message_user(request, "Customers are erased one by one: choose one.", messages.ERROR)
        return None

    @action(description="Erase…", url_path="erase", permissions=["erase"])
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Says what would go, and asks for the name."""
        if not (customer := self.get_object(request, object_id)):
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = NameForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                erasure = erasing.ask(customer, typed=form.cleaned_data["name"], by=asker(request))
            except Refusal as refusal:
                form.add_error("name", refusal.in_words)
            else:
                return redirect("admin:calls_erasure_change", erasure.pk)
        counts = held.counted(held.tables_of(customer))
        context = {**self.admin_site.each_context(request), "title": f"Erase {customer}", "opts": self.opts}
        context |= {"customer": customer, "form": form, "counts": counts}
        return TemplateResponse(request, "admin/calls/customer/erase.html", context)
