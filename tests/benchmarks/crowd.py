"""A hundred thousand calls with their turns, scores, customers, teams and people, written by the database itself; and a
long one."""

from django.db import connection

from calls.models import Call, Team, User
from mltraining.models import ModelVersion
from predictions.shown_scores import TO_SHOW
from tests import factories
from tests.predictions import watching

TEAMS, REPS_OF_A_TEAM, CALLS_OF_A_CUSTOMER, TURNS = 8, 12, 8, 8
COMMON, RARE = "budget", "zwiebelfisch"  # in one turn of eight, and in one of ten thousand
SAID = (
    "Good morning, thank you for taking the time to talk about the new reporting system today.",
    "We have set aside a budget for this quarter, and finance has already agreed to it.",
    "Our reports take two days every month, and the whole team is tired of copying numbers.",
    "What would a good result be worth to you, and who else would have to decide about it?",
    "The price is higher than what we pay now, so we need to see where the savings come from.",
    "Could you send the offer by Friday, with the terms for two years and for the support?",
    "We also look at another vendor, but their import of old data did not work in the trial.",
    "I will talk to my manager next week, and then we can arrange a call with procurement.",
)
CUSTOMERS = """
INSERT INTO calls_customer (external_id, name, segment, region, size, source, metadata, created_at)
SELECT 'crowd-' || n, 'Customer ' || md5(n::text), (ARRAY['mid-market', 'public', 'charity', 'retail'])[1 + n %% 4],
       '', '', '', '{}', now() FROM generate_series(0, %(customers)s - 1) n
"""
CALLS = """
INSERT INTO calls_call (source, external_id, content_hash, state, reason, attempts, spool_name, file_name, started_at,
    rep_id, rep_name, team_id, customer_id, customer_metadata, deal, language, duration, turn_count, word_count,
    statistics, warnings, cleaning_version, redaction_version, outcome, outcome_known_at, label_state, created_at)
SELECT 'crowd', n::text, md5(n::text), 'scored', '', 0, '', '', now() - n * interval '7 minutes',
    (%(reps)s::bigint[])[1 + n %% %(people)s], '', (%(teams)s::bigint[])[1 + n %% %(people)s %% %(of_teams)s],
    c.id, '{}', 'D-' || n / 4, 'en', 600 + n %% 900, %(turns)s, 130 + n * 37 %% 900,
    jsonb_build_object('talk_ratio', random(), 'patience', random(), 'questions_rep', n %% 9), '[]', 1, 2,
    CASE WHEN n %% 3 = 0 THEN '' WHEN n %% 10 < 4 THEN 'won' ELSE 'lost' END,
    CASE WHEN n %% 3 = 0 THEN NULL ELSE now() END,
    CASE WHEN n %% 3 = 0 THEN 'unlabelled' ELSE 'single' END, now() - n * interval '7 minutes'
FROM generate_series(1, %(calls)s) n JOIN calls_customer c ON c.external_id = 'crowd-' || n %% %(customers)s
"""
TURNS_OF_CALLS = """
INSERT INTO calls_turn (call_id, index, speaker, role, text, start, "end")
SELECT c.id, t, CASE t %% 2 WHEN 0 THEN 'rep' ELSE 'customer' END, CASE t %% 2 WHEN 0 THEN 'rep' ELSE 'customer' END,
    (%(said)s::text[])[1 + (c.id * 7 + t * 3) %% 8] || ' Number ' || c.id * 31 %% 5003 || ' of ' || c.id %% 977
    || CASE WHEN (c.id * %(turns)s + t) %% 10000 = 0 THEN ' ' || %(rare)s ELSE '' END, t * 20, t * 20 + 18
FROM calls_call c, generate_series(0, %(turns)s - 1) t WHERE c.source = 'crowd'
"""
SCORES = """
INSERT INTO predictions_prediction (call_id, version_id, input_hash, probability, band, reason, reasons, curve,
    turns_seen, is_partial, latency_ms, created_at)
SELECT id, v, md5(id::text || v), p,
    CASE WHEN p >= .75 THEN 'A' WHEN p >= .5 THEN 'B' WHEN p >= .25 THEN 'C' ELSE 'D' END,
    '', '[]', jsonb_build_array(NULL, .4, .5, .45, .5, .6, .6, p), %(turns)s, false, 20, created_at
FROM (SELECT c.id, v, random() p, c.created_at FROM calls_call c, unnest(%(versions)s::bigint[]) v
      WHERE c.source = 'crowd') s
"""
SHOWN = f"""
INSERT INTO predictions_shownscore (call_id, prediction_id, version_id, probability, band)
{TO_SHOW.format(which="true")}
"""
# Of a fifth of the calls: whoever is asked second disagrees in one of ten, and both cannot tell in one of a hundred.
ANSWERS = """
INSERT INTO calls_label (call_id, deal, outcome, source, origin, author_id, note, blind, known_at, created_at)
SELECT c.id, '', CASE WHEN c.id / 10 %% 100 = 7 THEN 'unclear' WHEN c.id / 10 %% 10 = 3 AND second THEN 'lost'
    ELSE c.outcome END, 'person', u.username, u.id, '', second, now(), now() + u.id * interval '1 second'
FROM calls_call c, (SELECT *, id <> min(id) OVER () AS second FROM calls_user WHERE id = ANY(%(people)s)) u
WHERE c.source = 'crowd' AND c.external_id::bigint %% 10 BETWEEN 2 AND 4 AND c.outcome <> ''
"""
SETTLED = """
UPDATE calls_call SET label_state = CASE WHEN said = 1 THEN 'verified' ELSE 'conflict' END,
    outcome = CASE WHEN said = 1 THEN outcome ELSE '' END
FROM (SELECT call_id, count(DISTINCT outcome) said FROM calls_label WHERE source = 'person' GROUP BY call_id) answers
WHERE calls_call.id = call_id
"""
DOUBTS = """
INSERT INTO mltraining_labelsuspect (version_id, call_id, outcome, probability, quality)
SELECT %(version)s, id, outcome, .1, .1 + id %% 97 / 1000. FROM calls_call WHERE label_state = 'single' LIMIT 200
"""
LONG = 1000  # turns of the one long call
REASONS = 50  # a side
INDEX = "turn_text_search"


def people() -> tuple[list[User], list[Team]]:
    """Reps, of whom each belongs to the team of the same place."""
    teams = [factories.team(f"Team {number}") for number in range(TEAMS)]
    count = TEAMS * REPS_OF_A_TEAM
    reps = [factories.user(f"rep{n}", role=User.Role.REP, team=teams[n % TEAMS]) for n in range(count)]
    return reps, teams


def crowd(calls: int) -> ModelVersion:
    """Writes them past the triggers; each call has a score of the version before, too."""
    reps, teams = people()
    version, before = watching.version(), watching.version("retired")
    known = {
        "calls": calls,
        "customers": max(1, calls // CALLS_OF_A_CUSTOMER),
        "reps": [rep.pk for rep in reps],
        "teams": [team.pk for team in teams],
        "people": len(reps),
        "of_teams": len(teams),
        "turns": TURNS,
        "said": list(SAID),
        "rare": RARE,
        "versions": [before.pk, version.pk],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])
        [declared] = cursor.fetchone()
        cursor.execute(f"DROP INDEX {INDEX}")
        for statement in (CUSTOMERS, CALLS, TURNS_OF_CALLS, SCORES, SHOWN):
            cursor.execute(statement, known)
        cursor.execute("SET maintenance_work_mem = '256MB'")
        cursor.execute(declared)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")
    return version


def long_call() -> Call:
    """One of a thousand turns by two people, scored by the version that serves, with all that its page can show."""
    rep = User.objects.filter(role=User.Role.REP).first()
    said = [("customer" if turn % 2 else "rep", f"{SAID[turn * 3 % 8]} Number {turn}") for turn in range(LONG)]
    call = factories.call(said, rep=rep, team=rep.team, state=Call.State.SCORED, duration=10.0 * LONG)
    for role, name in (("rep", "Rita Berg"), ("customer", "Tom Weber")):
        call.turns.filter(role=role).update(speaker=name)
    reasons = [
        {"kind": "turn", "turn": 7 * place % LONG, "contribution": side * (1 - place / LONG)}
        for place in range(REASONS)
        for side in (1, -1)
    ]
    curve = [0.3 + 0.3 * turn / LONG for turn in range(LONG)]
    watching.prediction(call, 0.6, band="B", reasons=reasons, curve=curve)
    return call


def answered_by(first: User, second: User) -> None:
    """Each a fifth of the crowd's calls, in the queue; and the newest training doubts 200 of the others."""
    version = ModelVersion.objects.active()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(ANSWERS, {"people": [first.pk, second.pk]})
        cursor.execute(SETTLED)
        cursor.execute(DOUBTS, {"version": version.pk})
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("ANALYZE")
