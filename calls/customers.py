"""Customers: what every business knows of them in columns, the rest as JSON."""

from typing import TYPE_CHECKING, Self

from django.db import models

from calls.history import tracked

if TYPE_CHECKING:
    from calls.people import User


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: "User") -> Self:
        """Customers with at least one call that this person may see."""
        from calls.models import Call  # noqa: PLC0415  # Call points at Customer

        if user.sees_all:
            return self
        return self.filter(pk__in=Call.objects.visible_to(user).values("customer"))


@tracked(exclude=["created_at"], is_erased=True, model_name="CustomerEvent")
class Customer(models.Model):
    external_id = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200, blank=True)
    segment = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    size = models.CharField(max_length=100, blank=True)
    source = models.CharField(max_length=100, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    TYPED = ("name", "segment", "region", "size", "source")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["name", "external_id"]

    def __str__(self) -> str:
        return self.name or self.external_id
