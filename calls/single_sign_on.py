"""Single sign-on: whose account somebody gets whom the company's OpenID Connect provider sends."""

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest

from calls.models import User


class SingleSignOn(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The first time, the account with the verified address is theirs from then on; if two have it, neither is."""
        if sociallogin.is_existing:
            return
        people = User.objects.exclude(role=User.Role.INTEGRATION).filter(is_active=True)
        address = verified(sociallogin)
        of_address = list(people.filter(email__iexact=address)[:2]) if address else []
        if len(of_address) == 1:
            sociallogin.connect(request, of_address[0])

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """For verified addresses of OIDC_NEW_REPS_FROM that no account has: one that was closed stays closed."""
        address = verified(sociallogin)
        domain = address.rpartition("@")[2].casefold()
        is_ours = domain in {each.casefold() for each in settings.OIDC_NEW_REPS_FROM}
        return is_ours and not User.objects.filter(email__iexact=address).exists()

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        sociallogin.user.role = User.Role.REP
        return super().save_user(request, sociallogin, form)


def verified(sociallogin: SocialLogin) -> str:
    """The address that the provider says is theirs; empty: none, or none that it vouches for."""
    for each in sociallogin.email_addresses:
        if each.verified is True:  # the provider's word as it came: "false" would be true, too
            return str(each.email)
    return ""
