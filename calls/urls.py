"""Addresses of the pages that show calls alone: uploading, labelling, comments and notices of them."""

from django.urls import path

from calls import views, views_comments, views_notices

app_name = "calls"

urlpatterns = [
    path("upload/", views.upload, name="upload"),
    path("calls/<int:pk>/labels/", views.labels, name="labels"),
    path("calls/<int:pk>/turns/<int:index>/comments/", views_comments.thread, name="thread"),
    path("comments/<int:pk>/", views_comments.comment, name="comment"),
    path("comments/<int:pk>/edit/", views_comments.edit, name="edit_comment"),
    path("comments/<int:pk>/delete/", views_comments.delete, name="delete_comment"),
    path("notices/", views_notices.notices, name="notices"),
    path("notices/read/", views_notices.read_all, name="read_notices"),
    path("notices/<int:pk>/", views_notices.notice, name="notice"),
]
