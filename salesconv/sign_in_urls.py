"""The addresses of django-allauth that are needed: the ways in, and a person's own second factors.

There is no sign-up, and no page for e-mail addresses: admins keep accounts.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as openid
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from calls.views_sign_in import to_provider

urlpatterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", require_POST(account.logout), name="account_logout"),
    path("login/again/", account.reauthenticate, name="account_reauthenticate"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("login/code/", mfa.authenticate, name="mfa_authenticate"),
    path("login/code/again/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("login/key/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("login/key/again/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("login/by/<slug:provider_id>/", to_provider, name="openid_connect_login"),
    path("login/by/<slug:provider_id>/callback/", require_GET(openid.callback), name="openid_connect_callback"),
    path("account/", mfa.index, name="mfa_index"),
    path("account/app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/keys/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("account/keys/add/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("account/keys/<int:pk>/remove/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("account/codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/codes/new/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
]
