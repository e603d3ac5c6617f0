"""What django-allauth asks about accounts: admins make them, and axes counts wrong passwords (calls/lock_out.py)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from calls.lock_out import address_of

UNSAID = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")  # one sees that without a message


class Accounts(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Else a count by account alone would let anybody lock another person out."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """One notion of an address; behind a socket file, where there is none, all share one."""
        return address_of(request) or "127.0.0.1"

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *rest: Any, **more: Any
    ) -> None:
        if message_template not in UNSAID:
            super().add_message(request, level, message_template, *rest, **more)
