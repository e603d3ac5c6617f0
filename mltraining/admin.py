"""Runs, versions and promotions, to look at: they are changed by training and promoting only."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from mltraining.models import ModelVersion, Promotion, TrainingRun


class ReadOnlyAdmin(ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnlyAdmin):
    list_display = ["pk", "state", "stage", "progress", "requested_by", "created_at", "finished_at"]
    list_filter = ["state"]
    list_select_related = ["requested_by"]
    fields = ["state", "stage", "progress", "counts", "error", "requested_by", "attempts"]
    fields += ["created_at", "started_at", "finished_at", "snapshot_hash", "config", "log_lines"]
    readonly_fields = ["log_lines"]

    @admin.display(description="Log")
    def log_lines(self, run: TrainingRun) -> SafeString:
        return format_html_join(
            "", "<div>{} {}</div>", ((f"{line.created_at:%H:%M:%S}", line.text) for line in run.log.all())
        )


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "state", "verdict", "encoder", "created_at", "promoted_at"]
    list_filter = ["state", "verdict"]
    fields = ["state", "verdict", "reasons", "encoder", "run", "created_at", "promoted_at", "artefact", "checksum"]
    readonly_fields = ["reasons"]

    @admin.display(description="Reasons of the verdict")
    def reasons(self, version: ModelVersion) -> SafeString:
        rows = (("✓" if reason["passed"] else "✗", reason["text"]) for reason in version.verdict_reasons)
        return format_html_join("", "<div>{} {}</div>", rows)


@admin.register(Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ["pk", "action", "version", "previous", "state", "requested_by", "override", "created_at"]
    list_filter = ["action", "state"]
    list_select_related = ["version", "previous", "requested_by"]
