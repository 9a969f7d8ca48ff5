"""A limit on how long Postgres may work on a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

from jobs.errors import CeleriacError

QUERY_CANCELED = "57014"


class TookTooLong(CeleriacError):
    """Postgres did not finish within {seconds:g} s."""

    code = "took_too_long"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """A transaction, or a part of one, in which a longer statement raises `TookTooLong`."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()
            cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            yield
            # The end of a part does not undo it: the limit would go on for the rest.
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", before)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != QUERY_CANCELED:
            raise
        raise TookTooLong(seconds=seconds) from None
