"""Tokens that lay in plain text keep working, for a year, by their hashes; the table with their text goes."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

OLD = "authtoken_token"
SCOPES = [
    "calls.view_call", "calls.add_call", "calls.view_label", "calls.add_label", "calls.view_customer",
    "predictions.view_prediction", "predictions.add_prediction", "mltraining.view_trainingrun",
    "mltraining.add_trainingrun", "mltraining.view_modelversion", "mltraining.change_modelversion",
]


def keep_by_hash(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    if OLD not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into calls_token (user_id, name, digest, start, scopes, created_at, expires_at)"
            " select user_id, 'from before tokens had names', encode(sha256(convert_to(key, 'UTF8')), 'hex'),"
            f" left(key, 8), %s, created, now() + interval '365 days' from {OLD}",  # nosec B608  # a name of ours
            [SCOPES],
        )
        cursor.execute(f"drop table {OLD}")


class Migration(migrations.Migration):
    dependencies = [("calls", "0004_tokens_are_hashed")]
    operations = [migrations.RunPython(keep_by_hash, migrations.RunPython.noop)]
