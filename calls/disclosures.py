"""That a copy of all that is held of a customer was given out: to whom, when, how much. It outlives the customer."""

from django.db import models

from calls.people import User


class Disclosure(models.Model):
    class Door(models.TextChoices):
        ADMIN = "admin"
        API = "api"
        COMMAND = "command"

    customer_number = models.PositiveBigIntegerField(help_text="The customer's id.")
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    door = models.CharField(max_length=16, choices=Door)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "copy given out", "copies given out"
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"copy of customer {self.customer_number}"
