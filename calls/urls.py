"""Addresses of the pages that show calls alone: uploading and labelling."""

from django.urls import path

from calls import views

app_name = "calls"

urlpatterns = [
    path("upload/", views.upload, name="upload"),
    path("calls/<int:pk>/labels/", views.labels, name="labels"),
]
