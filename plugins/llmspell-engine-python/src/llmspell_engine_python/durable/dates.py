"""`datetime` and `date` of a durable spell: today is what its clock says. Everything else is the library's.

They are subclasses that stand in the place of the library's classes; an object of the library's own class, which native
code may make, passes for one of them.
"""

from __future__ import annotations

import datetime as dt
from abc import ABCMeta
from typing import TYPE_CHECKING, Any, Self

from llmspell_engine_python.durable.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

_seconds: Callable[[], float] = Clock().seconds
"""The time, in seconds since 1970; the process has one clock, which `put_dates` names."""


class _Standing(ABCMeta):
    """Take objects and subclasses of the library's class, as the class that stands in its place.

    An `ABCMeta`, so that a spell can mix these classes with abstract ones as it can mix the library's.
    """

    def __instancecheck__(cls, instance: object) -> bool:
        real = _REAL.get(cls)
        return type.__instancecheck__(cls, instance) if real is None else isinstance(instance, real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        real = _REAL.get(cls)
        return type.__subclasscheck__(cls, subclass) if real is None else issubclass(subclass, real)


class SpellDate(dt.date, metaclass=_Standing):
    """A date; `today` is the day of the last message."""

    @classmethod
    def today(cls) -> Self:
        """Give the day."""
        return cls.fromtimestamp(_seconds())

    def __repr__(self) -> str:
        return _shown(self, SpellDate, super().__repr__())


class SpellDatetime(dt.datetime, metaclass=_Standing):
    """A date with a time; `now` is the time of the last message."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Self:
        """Give the time in a zone; in UTC, without a zone, when none is named."""
        return cls.fromtimestamp(_seconds(), tz)

    @classmethod
    def today(cls) -> Self:
        """Give the time."""
        return cls.fromtimestamp(_seconds())

    @classmethod
    def utcnow(cls) -> Self:
        """Give the time in UTC, without a zone."""
        return cls.fromtimestamp(_seconds(), dt.UTC).replace(tzinfo=None)

    def date(self) -> SpellDate:
        """Give the day."""
        return SpellDate(self.year, self.month, self.day)

    def __repr__(self) -> str:
        return _shown(self, SpellDatetime, super().__repr__())


_REAL: dict[type, type[Any]] = {SpellDate: dt.date, SpellDatetime: dt.datetime}


def _shown(value: object, own: type, text: str) -> str:
    """Write an object as the library does: only a subclass that the spell wrote has a name without its module."""
    return f"datetime.{text}" if type(value) is own else text


def put_dates(clock: Clock) -> None:
    """Put the classes into the module `datetime` under the library's names: what is pickled is the library's."""
    global _seconds  # noqa: PLW0603 - as there is one module `datetime`
    _seconds = clock.seconds
    date, datetime = _REAL.values()
    SpellDate.min, SpellDate.max = (SpellDate(one.year, one.month, one.day) for one in (date.min, date.max))
    SpellDatetime.min, SpellDatetime.max = (
        SpellDatetime.combine(one.date(), one.time()) for one in (datetime.min, datetime.max)
    )
    for name, kind in (("date", SpellDate), ("datetime", SpellDatetime)):
        kind.__name__ = kind.__qualname__ = name
        kind.__module__ = "datetime"
        setattr(dt, name, kind)
