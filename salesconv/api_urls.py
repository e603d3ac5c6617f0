"""Every address of the API."""

from django.urls import include, path, re_path
from rest_framework.routers import SimpleRouter

from calls.api_batches import BatchViewSet
from calls.api_customers import CustomerViewSet
from calls.api_erasures import ErasureViewSet
from calls.api_outcomes import OutcomesView
from mltraining.api import TrainingRunViewSet
from predictions.api_agreement import AgreementView
from predictions.api_calls import CallViewSet
from predictions.api_insights import InsightViewSet
from predictions.api_predict import PredictResultView, PredictView
from predictions.api_scores import ScoresView
from predictions.api_search import SearchView
from predictions.api_versions import ModelVersionViewSet
from predictions.api_webhook_deliveries import WebhookDeliveryViewSet
from predictions.api_webhooks import WebhookViewSet
from predictions.live.api import LiveCallViewSet

router = SimpleRouter()
router.register("calls", CallViewSet, basename="call")
router.register("batches", BatchViewSet, basename="batch")
router.register("live", LiveCallViewSet, basename="live")
router.register("customers", CustomerViewSet, basename="customer")
router.register("erasures", ErasureViewSet, basename="erasure")
router.register("training-runs", TrainingRunViewSet, basename="training-run")
router.register("model-versions", ModelVersionViewSet, basename="model-version")
router.register("insights", InsightViewSet, basename="insight")
router.register("webhooks/deliveries", WebhookDeliveryViewSet, basename="webhook-delivery")
router.register("webhooks", WebhookViewSet, basename="webhook")

app_name = "api"

urlpatterns = [
    path("", include(router.urls)),
    path("outcomes/", OutcomesView.as_view(), name="outcomes"),
    path("agreement/", AgreementView.as_view(), name="agreement"),
    path("scores/", ScoresView.as_view(), name="scores"),
    path("search/", SearchView.as_view(), name="search"),
    path("predict/", PredictView.as_view(), name="predict"),
    re_path(r"^predict/(?P<key>[0-9]{1,18}-[A-Za-z0-9_-]{1,64})/$", PredictResultView.as_view(), name="predict-result"),
]
