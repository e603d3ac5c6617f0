"""Who a token speaks for, and what it may be used for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from calls.tokens import Scope, Token, digest_of

if TYPE_CHECKING:
    from rest_framework.views import APIView  # whose module imports this one, through the settings

Scopes = Mapping[str, Scope]  # by the method that needs it
READS = ("GET", "HEAD", "OPTIONS")


class TokenAuthentication(authentication.TokenAuthentication):
    """`Authorization: Token …`, by the hash; REST framework reads the header."""

    def authenticate_credentials(self, key: str) -> tuple[object, Token]:
        now = timezone.now()
        token = Token.objects.select_related("user__team").filter(digest=digest_of(key)).first()
        if token is None:
            raise AuthenticationFailed("There is no such token.")
        if (state := token.state(now)) != Token.State.USABLE:
            raise AuthenticationFailed(f"This token is {state}.")
        if not token.user.is_active:
            raise AuthenticationFailed("The account of this token is not active.")
        token.note_use(now)
        return token.user, token


class HasScope(BasePermission):
    """Each view tells in `scopes` what a token needs there; what is not told, no token may do. Sessions have none."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, Token):
            return True
        method = "GET" if request.method in READS else request.method
        needed = scopes_of(view).get(method or "")
        if needed is None:
            return not hasattr(view, (request.method or "").lower())  # else it is answered that there is no such method
        if needed in request.auth.scopes:
            return True
        raise PermissionDenied(f"This token lacks the scope {needed.value}.", code="missing_scope")


def scopes_of(view: "APIView") -> Scopes:
    return getattr(view, "scopes", {})
