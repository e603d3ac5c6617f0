"""System checks of how people sign in: roles that exist, a provider that is complete."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def second_factors_are_for_roles(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    from calls.models import User  # noqa: PLC0415  # models are loaded after this module

    roles = set(User.Role.values) - {User.Role.INTEGRATION}  # programs have tokens
    hint = f"Name roles, separated by commas: {', '.join(sorted(roles))}."
    return [
        Error(f"MFA_REQUIRED_FOR names no role of people: {name!r}.", hint=hint, id="salesconv.E020")
        for name in settings.MFA_REQUIRED_FOR
        if name not in roles
    ]


@register(Tags.security)
def single_sign_on_is_complete(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for app in settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]:
        if not app["client_id"] or not app["secret"]:
            hint = "Set what the provider gave you when you registered salesconv with it."
            message = "OIDC_URL is set, but OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is not."
            found.append(Error(message, hint=hint, id="salesconv.E021"))
    if settings.OIDC_NEW_REPS_FROM and not settings.OIDC_URL:
        hint = "Set OIDC_URL, or leave OIDC_NEW_REPS_FROM out."
        message = "OIDC_NEW_REPS_FROM is set, but there is no single sign-on."
        found.append(Error(message, hint=hint, id="salesconv.E022"))
    return found


@register(Tags.security, deploy=True)
def single_sign_on_is_protected(app_configs: Sequence[Any] | None, **_: object) -> list[CheckMessage]:
    if not settings.OIDC_URL or settings.OIDC_URL.startswith("https://"):
        return []
    hint = "Set its https:// address: who signs in is believed by what comes from there."
    return [Error("OIDC_URL is not reached by TLS.", hint=hint, id="salesconv.E023")]
