"""The admin's addresses, asked by people who are no staff, by staff of two teams, and by an admin."""

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from calls.models import User
from tests.access import who, world
from tests.access.admin_table import ABSENT, ADMIN_ROWS, IN, NO, AdminRow

pytestmark = pytest.mark.django_db
COLUMNS = {"admin": "admin", "manager": "staff", "manager_elsewhere": "elsewhere"}  # who stands for which


@pytest.fixture(scope="module")
def staff(cast) -> dict[str, User]:
    """The cast, whose managers are staff and have every permission that there is."""
    for name in ("manager", "manager_elsewhere"):
        User.objects.filter(pk=cast[name].pk).update(is_staff=True)
        cast[name].user_permissions.set(Permission.objects.all())
    return cast


def what_became(response: HttpResponse) -> str:
    """In the table's words."""
    to = response.headers.get("Location", "")
    if response.status_code == 302 and to.startswith((reverse("admin:login"), reverse("account_login"))):
        return "login"
    if response.status_code == 302 and to == reverse("admin:index"):
        return ABSENT
    return NO if response.status_code == 403 else IN if response.status_code < 500 else f"fault {response.status_code}"


@pytest.mark.parametrize("row", ADMIN_ROWS, ids=str)
def test_the_admin_answers_everybody_as_the_table_says(row: AdminRow, staff, names):
    named = names[row.at] if row.at else {}
    kwargs = {"object_id": named["pk"]} if "pk" in named else named
    address = reverse(row.name, kwargs=kwargs) + (f"?{row.query}" if row.query else "")
    expected = {name: getattr(row, column) for name, column in COLUMNS.items()}
    wrong = []
    for name, word in ({"anonymous": "login", "rep": "login", "integration": "login"} | expected).items():
        with transaction.atomic():
            response = who.in_a_browser(staff.get(name)).generic(row.method, address)
            transaction.set_rollback(True)
        if (became := what_became(response)) != word:
            wrong.append(f"{name}: {became} instead of {word}")
        if name == "manager_elsewhere" and world.SECRET.encode() in response.content:
            wrong.append(f"{name} reads what only the team of the call may read")
    assert wrong == [], str(row)
