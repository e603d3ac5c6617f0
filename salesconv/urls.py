"""Every address of the product but those of probes, which salesconv/probes.py answers."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from salesconv import metrics

handler400 = "salesconv.api.bad_request"
handler403 = "salesconv.api.forbidden"
handler404 = "salesconv.api.not_found"
handler500 = "salesconv.api.server_error"

# The admin has no login of its own, or a second factor could be walked around.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # as allauth's documentation says

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("salesconv.sign_in_urls")),
    path("api/v1/", include("salesconv.api_urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("metrics", metrics.view, name="metrics"),
    path("", include("predictions.urls")),
    path("", include("calls.urls")),
    path("", include("mltraining.urls")),
]
