"""Which errors of the database are nobody's fault: whatever they ended is worth another attempt."""

from django.db import Error, InterfaceError, OperationalError

# SQLSTATEs: no connection, rolled back for another's sake, out of resources, locked, ended by an operator, a fault of
# the system; only reads; the call or customer was erased meanwhile. Not 57014, a query that took too long: a large call
# brings that about each time.
OUTAGES = ("08", "40", "53", "55", "57P", "58", "25006", "23503")


# Of these, what leaves the database there: its disk is full; a row that another one leads to is gone.
WHILE_THERE = ("53100", "23503")


def is_outage(error: Error) -> bool:
    """Not what a call itself brings about each time, such as a row too large for the database."""
    state = state_of(error)
    is_cut = not state and isinstance(error, OperationalError | InterfaceError)
    return is_cut or state.startswith(OUTAGES)


def went_away(error: Error) -> bool:
    return is_outage(error) and state_of(error) not in WHILE_THERE


def state_of(error: Error) -> str:
    return getattr(error.__cause__, "sqlstate", None) or ""
