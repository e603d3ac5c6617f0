"""Addresses of every page that shows a score."""

from django.urls import path

from predictions import (
    views,
    views_compare,
    views_customers,
    views_exports,
    views_guesses,
    views_models,
    views_monitoring,
    views_risks,
    views_saved,
    views_scorecards,
    views_search,
    views_team,
    views_templates,
)

app_name = "predictions"

urlpatterns = [
    path("", views.calls, name="calls"),
    path("calls/meaning/", views_search.meaning, name="meaning"),
    path("calls/<int:pk>/", views.call, name="call"),
    path("calls/<int:pk>/score/", views.score, name="score"),
    path("calls/<int:pk>/arrival/", views.arrival, name="arrival"),
    path("calls/<int:pk>/similar/", views.similar, name="similar"),
    path("calls/<int:pk>/guess/", views_guesses.say, name="guess"),
    path("views/", views_saved.saved, name="saved_views"),
    path("views/<int:pk>/delete/", views_saved.delete, name="delete_view"),
    path("customers/<int:pk>/", views_customers.customer, name="customer"),
    path("guesses/", views_guesses.guesses, name="guesses"),
    path("models/", views_models.models, name="models"),
    path("models/compare/", views_compare.compare, name="compare"),
    path("models/<int:pk>/", views_models.model, name="model"),
    path("models/<int:pk>/preview/", views_models.ask_preview, name="preview"),
    path("models/<int:pk>/preview/progress/", views_models.preview_progress, name="preview_progress"),
    path("models/<int:pk>/promotion/", views_models.promotion_progress, name="promotion"),
    path("models/<int:pk>/promote/", views_models.promote, name="promote"),
    path("models/<int:pk>/revert/", views_models.revert, name="revert"),
    path("models/<int:pk>/retire/", views_models.retire, name="retire"),
    path("attention/", views_risks.attention, name="attention"),
    path("risks/<int:pk>/dismiss/", views_risks.dismiss, name="dismiss_risk"),
    path("risks/<int:pk>/restore/", views_risks.restore, name="restore_risk"),
    path("scorecards/", views_scorecards.scorecards, name="scorecards"),
    path("scorecards/<int:pk>/", views_scorecards.scorecard, name="scorecard"),
    path("scorecards/<int:pk>/delete/", views_scorecards.delete, name="delete_scorecard"),
    path("scorecards/templates/new/", views_templates.new, name="new_template"),
    path("scorecards/templates/<int:pk>/", views_templates.template, name="template"),
    path("scorecards/templates/<int:pk>/retire/", views_templates.retire, name="retire_template"),
    path("calls/<int:pk>/scorecards/", views_scorecards.of_call, name="call_scorecards"),
    path("calls/<int:pk>/scorecards/begin/", views_scorecards.begin, name="begin_scorecard"),
    path("exports/<slug:name>.<slug:format>", views_exports.export, name="export"),
    path("team/", views_team.team, name="team"),
    path("monitoring/", views_monitoring.monitoring, name="monitoring"),
]
