from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from calls.encryption import signature


def sign_those_of_before(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    versions = apps.get_model("mltraining", "ModelVersion").objects
    for version in versions.filter(signature="").only("artefact", "checksum"):
        versions.filter(pk=version.pk).update(signature=signature(f"{version.artefact} {version.checksum}"))


class Migration(migrations.Migration):
    dependencies = [("mltraining", "0003_training_pace")]

    operations = [
        migrations.AddField(
            "modelversion",
            "signature",
            models.CharField(db_default="", help_text="HMAC of artefact and checksum.", max_length=64),
        ),
        migrations.RunPython(sign_those_of_before, migrations.RunPython.noop),
    ]
