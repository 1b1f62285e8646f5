"""The calculator's numbers of any precision, which are mpmath's."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llmspell_tools_utilities.calculator_functions import Numbers

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_BITS = 100_000  # larger exponents would make mpmath reduce angles with that many bits
_MAX_EXPONENT = 1_000_000
_GUARD_DIGITS = 15


class Precise(Numbers):
    """Numbers of mpmath, with some digits more than are shown."""

    def __init__(self, angle_unit: str, precision: int) -> None:
        super().__init__(angle_unit)
        self.library = _library(precision + _GUARD_DIGITS)

    def literal(self, text: str) -> Any:
        """Read a decimal literal."""
        return self.library.mpf(text.replace("_", ""))

    def floating(self, value: Any) -> Any:
        """Turn a number into an mpf."""
        return self.library.mpf(value)

    def round(self, value: Any, digits: int = 0) -> Any:
        """Round half away from zero."""
        if type(value) is int and digits >= 0:
            return value
        scale = self.library.mpf(10) ** int(digits)
        scaled = abs(value) * scale
        nudge = scaled * self.library.mpf(10) ** (5 - self.library.dps)  # 1.005 has no exact binary form either
        rounded = self.library.floor(scaled + self.library.mpf(1) / 2 + nudge) * (-1 if value < 0 else 1) / scale
        return int(rounded) if digits <= 0 else rounded

    def check(self, value: Any) -> Any:
        """Give the value back. Raises `OverflowError` for an exponent that would need a huge working precision."""
        if value and abs(self.library.mag(value)) > _MAX_BITS:
            raise OverflowError("too large")
        return value

    def _power(self, base: Any, exponent: Any) -> Any:
        if abs(exponent) > _MAX_EXPONENT:
            raise OverflowError("too large an exponent")
        return super()._power(self.check(base), exponent)

    def _call(self, function: Callable[..., Any], angle: str = "") -> Callable[..., Any]:
        called = super()._call(function, angle)
        growing = getattr(function, "__name__", "") in {"exp", "expm1", "sinh", "cosh", "gamma"}

        def real(*values: Any) -> Any:
            if growing and any(abs(value) > _MAX_EXPONENT for value in values):
                raise OverflowError("too large an argument")
            result = called(*values)
            if isinstance(result, self.library.mpc):
                raise ArithmeticError("it is a complex number")  # noqa: TRY004 - a wrong value, not a wrong type
            return result

        return real

    def _cbrt(self, value: Any) -> Any:
        root = self.library.cbrt(abs(self.floating(value)))
        return -root if value < 0 else root


@lru_cache(8)
def _library(digits: int) -> Any:
    """Make an mpmath context of its own: the shared one is global state."""
    import mpmath  # type: ignore[import-untyped]  # noqa: PLC0415 - only for a precision

    library = mpmath.MPContext()
    library.dps = digits
    return library
