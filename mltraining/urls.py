"""Addresses of the training pages."""

from django.urls import path

from mltraining import views

app_name = "mltraining"

urlpatterns = [
    path("training/", views.runs, name="runs"),
    path("training/<int:pk>/", views.run, name="run"),
    path("training/<int:pk>/progress/", views.run_progress, name="run_progress"),
]
