"""From the JSON of a calendar's rules to a calendar."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from pydantic_core import PydanticCustomError, to_json

from scheduling.calendars.calendar import Calendar, Rule
from scheduling.calendars.days import read_days
from scheduling.calendars.hours import WHOLE_DAY, read_hours
from scheduling.cron.zones import find_zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
NAMES: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _readable_days(text: str) -> str:
    try:
        read_days([text])
    except ValueError as error:
        raise PydanticCustomError("days", "{error}", {"error": str(error)}) from None
    return text


def _readable_hours(text: str) -> str:
    try:
        read_hours(text)
    except ValueError as error:
        raise PydanticCustomError("hours", "{error}", {"error": str(error)}) from None
    return text


DayText = Annotated[str, AfterValidator(_readable_days)]
HourText = Annotated[str, AfterValidator(_readable_hours)]


class RuleSpec(BaseModel):
    """Hours of some days. What is left out limits nothing: no hours is the whole day."""

    model_config = ConfigDict(extra="forbid", strict=True)

    dates: Annotated[
        list[DayText],
        Field(
            max_length=2000,
            description="2030-12-24, 12-25 (every year), or 2030-12-24/2031-01-06.",
        ),
    ] = []
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = []
    hours: Annotated[
        list[HourText],
        Field(max_length=24, description="09:00-17:30, or over midnight 22:00-06:00."),
    ] = []
    but: Annotated[
        list[DayText],
        Field(max_length=2000, description="Days that the rule leaves out, written as in dates."),
    ] = []

    def rule(self) -> Rule:
        """The rule as a value."""
        return Rule(
            dates=read_days(self.dates),
            weekdays=frozenset(NAMES.index(name) for name in self.weekdays),
            hours=tuple(sorted({read_hours(text) for text in self.hours})) or (WHOLE_DAY,),
            but=read_days(self.but),
        )


_rules = TypeAdapter(list[RuleSpec])


def load(mode: str, timezone: str, rules: Iterable[Any]) -> Calendar:
    """The calendar of stored columns; `mode` is `exclude` or `allow`.

    Raises `UnknownTimezone` and `pydantic.ValidationError`.
    """
    return _load(mode, timezone, to_json(list(rules)))


@lru_cache(maxsize=1024)
def _load(mode: str, timezone: str, rules: bytes) -> Calendar:
    found = tuple(spec.rule() for spec in _rules.validate_json(rules))
    return Calendar(found, find_zone(timezone), excludes=mode != "allow")
