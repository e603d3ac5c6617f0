"""How tables come into the admin and leave it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from import_export.admin import ImportExportMixin
from import_export.results import Result
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ExportForm, ImportForm

from calls import spool
from calls.table_files import TableFile, TableRefused


class SpooledTable(BaseStorage):
    """Where a table waits, encrypted, for its confirmation; the spool's purge removes one that nobody confirms."""

    def save(self, data: bytes) -> None:
        self.name = spool.put(data)

    def read(self) -> bytes:
        return spool.get(self.name)

    def remove(self) -> None:
        spool.delete(self.name)


class TableAdmin(ImportExportMixin):
    formats = [TableFile]
    tmp_storage_class = SpooledTable
    import_form_class = ImportForm
    export_form_class = ExportForm

    @method_decorator(csrf_exempt)  # `checked_import` checks the token: that check reads the body, which may be huge
    def import_action(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return self.checked_import(request, **kwargs)
        except RequestDataTooBig:
            limit = filesizeformat(settings.MAX_UPLOAD_BYTES)
            messages.error(request, f"The file is too large: at most {limit} are accepted. Import it in parts.")
            return redirect(request.path)

    @method_decorator(csrf_protect)
    def checked_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return super().import_action(request, **kwargs)

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return super().process_import(request, **kwargs)
        except spool.SpoolError:
            messages.error(request, "This file was confirmed before. If its rows are missing here, import it again.")
            return self.back_to_the_list()

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        if not result.has_errors():
            return super().process_result(result, request)
        messages.error(request, "Nothing was taken: something has changed since the preview. Import the file again.")
        return self.back_to_the_list()

    def back_to_the_list(self) -> HttpResponse:
        return redirect("admin:{}_{}_changelist".format(*self.get_model_info()))

    def add_data_read_fail_error_to_form(self, form: Form, e: Exception) -> None:  # the library's signature
        if not isinstance(e, TableRefused):
            raise e
        form.add_error("import_file", e.in_words)
