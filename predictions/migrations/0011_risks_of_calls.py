"""Risks of calls, and the rules for them to start from; an admin switches and delays them."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


RULES = {"no price": 3, "no next step": 1, "silent": 14, "falling": 0}  # days after the call


def add(apps, schema_editor):
    for kind, delay_days in RULES.items():
        apps.get_model("predictions", "RiskRule").objects.create(kind=kind, delay_days=delay_days)


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0006_keyed_requests'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('predictions', '0010_guesses'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RiskRuleEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('kind', models.CharField(choices=[('no price', 'Price not mentioned'), ('no next step', 'No next step'), ('silent', 'Customer silent'), ('falling', 'Score falls')], editable=False, max_length=16)),
                ('is_on', models.BooleanField(default=True, help_text='Whether people are shown such risks.', verbose_name='on')),
                ('delay_days', models.PositiveSmallIntegerField(default=0, help_text='Days after the call before the risk is shown; a new call ends the wait.', verbose_name='delay')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RiskCheck',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('checked_at', models.DateTimeField()),
                ('call', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='risk_check', to='calls.call')),
            ],
        ),
        migrations.CreateModel(
            name='RiskRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('no price', 'Price not mentioned'), ('no next step', 'No next step'), ('silent', 'Customer silent'), ('falling', 'Score falls')], editable=False, max_length=16, unique=True)),
                ('is_on', models.BooleanField(default=True, help_text='Whether people are shown such risks.', verbose_name='on')),
                ('delay_days', models.PositiveSmallIntegerField(default=0, help_text='Days after the call before the risk is shown; a new call ends the wait.', verbose_name='delay')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('delay_days__lt', 180)), name='delay_ends_in_time')],
            },
        ),
        migrations.CreateModel(
            name='Risk',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('detail', models.CharField(blank=True, help_text='In numbers; never words of the call.', max_length=200)),
                ('found_at', models.DateTimeField(auto_now_add=True)),
                ('dismissed_at', models.DateTimeField(blank=True, null=True)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='risks', to='calls.call')),
                ('dismissed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='risks', to='predictions.riskrule')),
            ],
            options={
                'ordering': ['rule', 'pk'],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskrule',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "predictions_riskruleevent" ("delay_days", "id", "is_on", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."delay_days", NEW."id", NEW."is_on", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;', hash='3c58ad0d81de03fb5ca6779d13782b7741d920e5', operation='INSERT', pgid='pgtrigger_insert_insert_d3af3', table='predictions_riskrule', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='riskrule',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "predictions_riskruleevent" ("delay_days", "id", "is_on", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."delay_days", NEW."id", NEW."is_on", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;', hash='bcfcf9122d8ed91eecb8eb5461a20dae0953c34b', operation='UPDATE', pgid='pgtrigger_update_update_43108', table='predictions_riskrule', when='AFTER')),
        ),
        migrations.AddField(
            model_name='riskruleevent',
            name='pgh_context',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context'),
        ),
        migrations.AddField(
            model_name='riskruleevent',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='big_events', to='predictions.riskrule'),
        ),
        migrations.AddIndex(
            model_name='risk',
            index=models.Index(condition=models.Q(('dismissed_at', None)), fields=['rule', 'call'], name='risk_open'),
        ),
        migrations.AddConstraint(
            model_name='risk',
            constraint=models.UniqueConstraint(fields=('call', 'rule'), name='one_risk_of_a_kind'),
        ),
        migrations.AddConstraint(
            model_name='risk',
            constraint=models.CheckConstraint(condition=models.Q(('dismissed_by', None), ('dismissed_at__isnull', False), _connector='OR'), name='only_dismissed_by_somebody'),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
