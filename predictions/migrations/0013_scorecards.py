"""Scorecards, and one to start from; managers and admins make their own."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


NAME = "Discovery call"
BY_PERSON = {"scale": "1 to 5"}
QUESTIONS = (
    ("Did the customer talk at least as much as the rep?",
     {"scale": "yes or no", "automatic": "statistic", "statistic": "talk_ratio", "at_most": 0.5}),
    ("Did the rep ask at least five questions?",
     {"scale": "yes or no", "automatic": "statistic", "statistic": "questions_rep", "at_least": 5}),
    ("Was a next step agreed?", {"scale": "yes or no", "automatic": "next step"}),
    ("How well were the needs of the customer understood?", BY_PERSON),
    ("How well were objections answered?", BY_PERSON),
    ("What should go differently next time?", {"scale": "words"}),
)


def add(apps, schema_editor):
    template = apps.get_model("predictions", "ScorecardTemplate").objects.create(name=NAME)
    for place, (text, fields) in enumerate(QUESTIONS):
        apps.get_model("predictions", "Question").objects.create(template=template, place=place, text=text, **fields)


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0009_teams_may_ask_for_guesses'),
        ('pghistory', '0007_auto_20250421_0444'),
        ('predictions', '0012_saved_views'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ScorecardTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('is_retired', models.BooleanField(default=False, help_text='No longer offered; what was filled in stays.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('team', models.ForeignKey(blank=True, help_text='Empty: everybody.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='scorecard_templates', to='calls.team')),
            ],
            options={
                'ordering': ['is_retired', 'name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_private', models.BooleanField(default=False, help_text='Nobody else sees it, admins neither.', verbose_name='private')),
                ('note', models.TextField(blank=True, max_length=2000)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('saved_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='scorecards', to=settings.AUTH_USER_MODEL)),
                ('call', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='scorecards', to='calls.call')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scorecards', to='predictions.scorecardtemplate')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField()),
                ('text', models.CharField(max_length=300)),
                ('scale', models.CharField(choices=[('yes or no', 'Yes or no'), ('1 to 5', '1 to 5'), ('words', 'In words')], max_length=16)),
                ('automatic', models.CharField(blank=True, choices=[('', 'A person'), ('statistic', 'Statistic'), ('tracker', 'Tracker'), ('next step', 'Next Step')], max_length=16)),
                ('statistic', models.CharField(blank=True, choices=[('turns', 'turns'), ('words_rep', 'words_rep'), ('words_customer', 'words_customer'), ('talk_ratio', 'talk_ratio'), ('longest_monologue', 'longest_monologue'), ('patience', 'patience'), ('interactivity', 'interactivity'), ('questions_rep', 'questions_rep'), ('questions_customer', 'questions_customer'), ('customer_turn_words', 'customer_turn_words')], max_length=32)),
                ('at_least', models.FloatField(blank=True, help_text='Yes from this value of the statistic on.', null=True)),
                ('at_most', models.FloatField(blank=True, help_text='Yes up to this value of the statistic.', null=True)),
                ('said_by', models.CharField(blank=True, choices=[('', 'anybody'), ('rep', 'the rep'), ('customer', 'the customer')], max_length=16)),
                ('is_retired', models.BooleanField(default=False)),
                ('tracker', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='predictions.tracker')),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='predictions.scorecardtemplate')),
            ],
            options={
                'ordering': ['template', 'is_retired', 'place', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='ScorecardTemplateEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_id', models.BigAutoField(primary_key=True, serialize=False)),
                ('id', models.BigIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('is_retired', models.BooleanField(default=False, help_text='No longer offered; what was filled in stays.')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='big_events', to='predictions.scorecardtemplate')),
                ('team', models.ForeignKey(blank=True, db_constraint=False, help_text='Empty: everybody.', null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='calls.team')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('found', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('basis', models.CharField(blank=True, help_text='What the found answer rests on.', max_length=200)),
                ('turn', models.PositiveIntegerField(blank=True, help_text='Where that was said.', null=True)),
                ('given', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('words', models.TextField(blank=True, max_length=2000)),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='predictions.question')),
                ('scorecard', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='predictions.scorecard')),
            ],
            options={
                'ordering': ['question__place', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('scorecard', 'question'), name='answered_once'), models.CheckConstraint(condition=models.Q(models.Q(('given', None), ('given__lte', 5), _connector='OR'), models.Q(('found', None), ('found__lte', 1), _connector='OR')), name='answer_on_the_scale')],
            },
        ),
        migrations.AddConstraint(
            model_name='scorecardtemplate',
            constraint=models.UniqueConstraint(condition=models.Q(('is_retired', False)), fields=('name', 'team'), name='one_template_of_a_name', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scorecardtemplate',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "predictions_scorecardtemplateevent" ("created_at", "id", "is_retired", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id") VALUES (NEW."created_at", NEW."id", NEW."is_retired", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."team_id"); RETURN NULL;', hash='51c191e86fb77c2f7b8cc06a3aaa77867c294a27', operation='INSERT', pgid='pgtrigger_insert_insert_2d77c', table='predictions_scorecardtemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='scorecardtemplate',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "predictions_scorecardtemplateevent" ("created_at", "id", "is_retired", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "team_id") VALUES (NEW."created_at", NEW."id", NEW."is_retired", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."team_id"); RETURN NULL;', hash='35da08cd833b0a5eb378c1f4bd90659f032929df', operation='UPDATE', pgid='pgtrigger_update_update_8f242', table='predictions_scorecardtemplate', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='scorecard',
            constraint=models.UniqueConstraint(fields=('template', 'call', 'author'), name='one_scorecard_a_person'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(('automatic', ''), ('scale', 'yes or no'), _connector='OR'), name='automatic_answers_are_yes_or_no'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('at_least', None), ('at_most', None), ('statistic', ''), models.Q(('automatic', 'statistic'), _negated=True)), models.Q(('automatic', 'statistic'), models.Q(('statistic', ''), _negated=True), models.Q(('at_least__isnull', False), ('at_most__isnull', False), _connector='OR')), _connector='OR'), name='statistic_has_a_limit'),
        ),
        migrations.AddConstraint(
            model_name='question',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('automatic', 'tracker'), ('tracker__isnull', False)), models.Q(models.Q(('automatic', 'tracker'), _negated=True), ('said_by', ''), ('tracker', None)), _connector='OR'), name='tracker_is_named'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='question',
            trigger=pgtrigger.compiler.Trigger(name='asked_as_it_was', sql=pgtrigger.compiler.UpsertTriggerSql(func='RAISE EXCEPTION \'pgtrigger: Cannot update of "template_id", "text", "scale", "automatic", "statistic", "at_least", "at_most", "tracker_id", "said_by" rows from % table\', TG_TABLE_NAME;', hash='d297d8e24f2ff866bd279353630a05e4cf6a0309', operation='UPDATE OF "template_id", "text", "scale", "automatic", "statistic", "at_least", "at_most", "tracker_id", "said_by"', pgid='pgtrigger_asked_as_it_was_566f3', table='predictions_question', when='BEFORE')),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
