import os


def test_nothing_may_leave_the_machine():
    assert os.environ["HF_HUB_OFFLINE"] == "1"
    assert os.environ["LANGSMITH_TRACING"] == "false"


def test_the_embedded_database_has_vectors(db):
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select '[1,2]'::vector <=> '[1,2]'::vector")
        assert cursor.fetchone() == (0.0,)
