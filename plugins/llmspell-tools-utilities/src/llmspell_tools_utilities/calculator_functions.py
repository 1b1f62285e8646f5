"""What the calculator's names mean: with machine floats; `calculator_precise` has the other kind of number."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from llmspell_tools_utilities.calculator_integers import choice, factorial, whole
from llmspell_tools_utilities.calculator_statistics import statistics_of
from llmspell_tools_utilities.number_text import MAX_DIGITS, check_size

if TYPE_CHECKING:
    from collections.abc import Callable

_SAME = (
    "sqrt",
    "exp",
    "expm1",
    "log10",
    "log1p",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "gamma",
    "erf",
    "erfc",
)
_INTEGERS = {"gcd": math.gcd, "lcm": math.lcm}


class Numbers:
    """One kind of number; `Floats` and `Precise` say how it divides, rounds and calls the functions of its library."""

    library: Any

    def __init__(self, angle_unit: str) -> None:
        self.angle_unit = angle_unit

    def literal(self, text: str) -> Any:
        """Read a decimal literal."""
        raise NotImplementedError

    def floating(self, value: Any) -> Any:
        """Turn a number into the inexact kind."""
        raise NotImplementedError

    def round(self, value: Any, digits: int = 0) -> Any:
        """Round half away from zero."""
        raise NotImplementedError

    def from_json(self, value: Any) -> Any:
        """Take a variable: whole numbers stay exact, others mean what their decimal text says."""
        if isinstance(value, (list, tuple)):
            return [self.from_json(one) for one in value]
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            return int(value)
        return self.literal(repr(value)) if isinstance(value, float) else value

    def floor_divide(self, left: Any, right: Any) -> Any:
        """Divide and round down."""
        if type(left) is int and type(right) is int:
            return left // right
        return self.library.floor(self.floating(left) / self.floating(right))

    def divide(self, left: Any, right: Any) -> Any:
        """Divide; whole numbers that divide evenly give a whole number."""
        if type(left) is int and type(right) is int and right and left % right == 0:
            return left // right
        return self.floating(left) / self.floating(right)

    def power(self, base: Any, exponent: Any) -> Any:
        """Raise to a power; whole results are limited to MAX_DIGITS digits."""
        if type(base) is int and type(exponent) is int and exponent >= 0:
            if abs(base) > 1 and exponent * base.bit_length() > MAX_DIGITS * 4:
                raise OverflowError("too many digits")
            return base**exponent
        return self._power(self.floating(base), self.floating(exponent))

    def _power(self, base: Any, exponent: Any) -> Any:
        if base < 0 and exponent != int(exponent):
            raise ValueError("a root of a negative number is not real")
        return base**exponent

    def constants(self) -> dict[str, Any]:
        """Give the named constants."""
        pi, e = self.floating(self.library.pi), self.floating(self.library.e)
        phi = (1 + self.library.sqrt(self.floating(5))) / 2
        return {
            "pi": pi,
            "π": pi,
            "tau": 2 * pi,
            "τ": 2 * pi,
            "e": e,
            "phi": phi,
            "φ": phi,
            "true": True,
            "false": False,
        }

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Give every function by name."""
        library = self.library
        table: dict[str, Callable[..., Any]] = {name: self._call(getattr(library, name)) for name in _SAME}
        table |= {name: self._call(getattr(library, name), angle="in") for name in ("sin", "cos", "tan")}
        table |= {name: self._call(getattr(library, name), angle="out") for name in ("asin", "acos", "atan", "atan2")}
        table |= {
            "ln": self._call(library.log),
            "log": self._log,
            "log2": lambda x: self._log(x, 2),
            "hypot": self._call(library.hypot),
        }
        table |= {"degrees": self._call(library.degrees), "radians": self._call(library.radians), "cbrt": self._cbrt}
        table |= {
            "abs": abs,
            "floor": self._whole(library.floor),
            "ceil": self._whole(library.ceil),
            "trunc": self._whole(int),
        }
        table |= {
            "round": self.round,
            "sign": lambda x: (x > 0) - (x < 0),
            "pow": self.power,
            "mod": lambda a, b: a % b,
        }
        table |= {"clamp": lambda x, low, high: max(low, min(x, high)), "xor": lambda a, b: a ^ b}
        table |= {name: whole(function) for name, function in _INTEGERS.items()}
        table |= {"factorial": factorial, "comb": choice(math.comb), "perm": choice(math.perm)}
        return table | statistics_of(self)

    def _call(self, function: Callable[..., Any], angle: str = "") -> Callable[..., Any]:
        turn = self._turn()

        def called(*values: Any) -> Any:
            given = [self.check(self.floating(value)) for value in values]
            if angle == "in" and turn is not None:
                given = [value * turn for value in given]
            result = function(*given)
            return result / turn if angle == "out" and turn is not None else result

        return called

    def _turn(self) -> Any:
        """Give the radians of one angle unit, None for radians."""
        halves = {"degrees": 180, "gradians": 200}.get(self.angle_unit)
        return None if halves is None else self.floating(self.library.pi) / halves

    def check(self, value: Any) -> Any:
        """Give the value back. Raises `OverflowError` for one that would take for ever."""
        return value

    def _log(self, value: Any, base: Any = None) -> Any:
        """Natural logarithm, or to a base; 2 and 10 are exact where the result is whole."""
        if base == 10:  # noqa: PLR2004 - the base
            return self._call(self.library.log10)(value)
        natural = self._call(self.library.log)
        if base is None:
            return natural(value)
        if base == 2 and isinstance(self, Floats):  # noqa: PLR2004 - the base
            return math.log2(value)
        return natural(value) / natural(base)

    def _cbrt(self, value: Any) -> Any:
        raise NotImplementedError

    def _whole(self, function: Callable[[Any], Any]) -> Callable[[Any], int]:
        return lambda value: value if type(value) is int else check_size(int(function(self.check(value))))


class Floats(Numbers):
    """Machine floats: fast, about 15 digits."""

    library = math

    def literal(self, text: str) -> float:
        """Read a decimal literal."""
        return float(text.replace("_", ""))

    def floating(self, value: Any) -> float:
        """Turn a number into a float."""
        return float(value)

    def round(self, value: Any, digits: int = 0) -> Any:
        """Round half away from zero, by the decimal digits that the number shows."""
        if type(value) is int and digits >= 0:
            return value
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
        return int(rounded) if digits <= 0 else float(rounded)

    def _cbrt(self, value: Any) -> float:
        root = math.cbrt(value)
        nearest = round(root)
        return float(nearest) if nearest**3 == value else root  # some C libraries miss the last bit of whole roots
