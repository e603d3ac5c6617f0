"""Addresses of the pages that show calls alone: uploading, labelling, comments and notices of them."""

from django.urls import path

from calls import views, views_comments, views_notices, views_upload

app_name = "calls"

urlpatterns = [
    path("upload/", views_upload.upload, name="upload"),
    path("upload/<int:pk>/", views_upload.draft, name="draft"),
    path("upload/<int:pk>/keep/", views_upload.keep_draft, name="keep_draft"),
    path("upload/<int:pk>/discard/", views_upload.discard_draft, name="discard_draft"),
    path("upload/calls/<int:pk>/", views_upload.draft_call, name="draft_call"),
    path("upload/calls/<int:pk>/discard/", views_upload.discard_draft_call, name="discard_draft_call"),
    path("calls/<int:pk>/labels/", views.labels, name="labels"),
    path("calls/<int:pk>/turns/<int:index>/comments/", views_comments.thread, name="thread"),
    path("comments/<int:pk>/", views_comments.comment, name="comment"),
    path("comments/<int:pk>/edit/", views_comments.edit, name="edit_comment"),
    path("comments/<int:pk>/delete/", views_comments.delete, name="delete_comment"),
    path("notices/", views_notices.notices, name="notices"),
    path("notices/read/", views_notices.read_all, name="read_notices"),
    path("notices/<int:pk>/", views_notices.notice, name="notice"),
]
