"""A limit on how long Postgres may work on a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from django.db import OperationalError, connection, transaction

from jobs.errors import CeleriacError

QUERY_CANCELED = "57014"

SET = """
    SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, true)
"""


class TookTooLong(CeleriacError):
    """Postgres did not finish within {seconds:g} s."""

    code = "took_too_long"


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """A transaction, or a part of one, in which a longer statement raises `TookTooLong`.

    Of 0 seconds it is no limit, as in Postgres.
    """
    is_part = connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SET, [str(ceil(seconds * 1000))])
            before, _ = cursor.fetchone() or ("0", "")
            yield
            if is_part:
                # Its end does not undo it: the limit would go on for the rest of the transaction.
                cursor.execute(SET, [before])
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) != QUERY_CANCELED:
            raise
        raise TookTooLong(seconds=seconds) from None
