"""What goes wrong with a call to an HTTP executor. Pure."""

from __future__ import annotations

from jobs.errors import CeleriacError


class HttpError(CeleriacError):
    """The call failed."""

    code = "call_failed"
    unanswered = True
    """Whether there was no whole answer, as from an executor that is not well."""

    def __init__(self, *, sent: bool = False, **fields: object) -> None:
        self.sent = sent
        """Whether the other side may have got the request."""
        super().__init__(**fields)


class AddressRefused(HttpError):
    """{what} can't be called: {reason}."""

    code = "address_refused"


class NotReached(HttpError):
    """It could not be reached: {reason}. Does it run, and is its address right?"""

    code = "not_reached"


class TooLate(HttpError):
    """It did not answer within {seconds:g} s."""

    code = "too_late"


class BrokenAnswer(HttpError):
    """Its answer broke off: {reason}."""

    code = "broken_answer"


class AnswerTooLarge(HttpError):
    """Its answer is larger than {limit} bytes."""

    code = "answer_too_large"
    unanswered = False


class TooManyRedirects(HttpError):
    """It redirected more than {limit} times."""

    code = "too_many_redirects"
    unanswered = False


class BadAnswer(HttpError):
    """{reason}"""

    code = "bad_answer"
    unanswered = False

    def __init__(self, reason: str) -> None:
        super().__init__(sent=True, reason=reason)
