"""Makes an API token of a person or a service account and prints it: the only time that it is shown."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from calls.models import Token, User
from calls.tokens import Scope


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="user name")
        parser.add_argument("--name", default="issue_token", help="what it is for, and where it is kept")
        parser.add_argument(
            "--scope", action="append", choices=Scope.values, help="may be repeated; all, if it is left out"
        )
        parser.add_argument("--days", type=int, default=settings.TOKEN_DAYS, help="how long it holds")
        parser.add_argument("--replace", action="store_true", help="revoke the user's earlier tokens of this name")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}; an admin makes one under /admin/.")
        if not user.is_active:
            raise CommandError(f"{user.username} is not active; a token would be refused.")
        if options["days"] < 1:
            raise CommandError("A token holds for one day or more.")
        if options["replace"]:
            user.tokens.filter(name=options["name"]).revoke(timezone.now())
        scopes = options["scope"] or Scope.values
        self.stdout.write(Token.issue(user, options["name"], scopes=scopes, days=options["days"]))
