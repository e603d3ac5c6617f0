"""Which errors of the database are nobody's fault: whatever they ended is worth another attempt."""

from django.db import Error, InterfaceError, OperationalError

# SQLSTATEs: no connection, rolled back for another's sake, out of resources, locked, ended by an operator, a fault of
# the system; only reads; the call or customer was erased meanwhile. Not 57014, a query that took too long: a large call
# brings that about each time.
OUTAGES = ("08", "40", "53", "55", "57P", "58", "25006", "23503")


def is_outage(error: Error) -> bool:
    """Not what a call itself brings about each time, such as a row too large for the database."""
    state = getattr(error.__cause__, "sqlstate", None)
    is_cut = state is None and isinstance(error, OperationalError | InterfaceError)
    return is_cut or str(state).startswith(OUTAGES)
