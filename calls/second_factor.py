"""Second factors: who must have one, how their secrets are kept, and how an admin takes away those of a lost phone."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from calls.encryption import cipher
from calls.error_words import error_body, speaks_json
from calls.models import User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for one of them
OPEN = ("/account/", "/login/", "/logout/")  # to whoever has yet to add the factor that is asked for


class SecondFactors(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:  # the key was changed: no code can be checked, and none may pass
            raise PermissionDenied("Your second factor cannot be read. Ask an admin to take it away.") from None

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one of a person who must have one is replaced, not taken away."""
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FACTORS).exclude(
            pk=authenticator.pk
        )
        return not authenticator.user.needs_second_factor or others.exists()


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def take_away(user: User) -> bool:
    """Every second factor and recovery code of a person; False: there was none."""
    return bool(Authenticator.objects.filter(user=user).delete()[0])


def second_factor_asked(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Stands after AuthenticationMiddleware: whoever must have a second factor gets nowhere before it is set up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user
        if request.path.startswith(OPEN) or not user.is_authenticated or not user.needs_second_factor or has_one(user):
            return get_response(request)
        page = reverse("mfa_index")
        if speaks_json(request):
            hint = f"Sign in and add one at {request.build_absolute_uri(page)}, then send it again."
            told = error_body("permission_denied", "Your account needs a second factor.", hint)
            return JsonResponse(told, status=403)
        return redirect(page)

    return middleware
