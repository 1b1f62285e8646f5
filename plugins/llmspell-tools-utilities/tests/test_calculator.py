from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ToolExecutionError, ValidationError
from llmspell_tools_utilities.calculator_syntax import evaluate
from llmspell_tools_utilities.number_text import plain_value

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[..., Awaitable[Any]]


def value(expression: str, precision: int | None = None, unit: str = "radians", **variables: Any) -> Any:
    return plain_value(evaluate(expression, variables, precision, unit), precision)[0]


def text(expression: str, precision: int | None = None) -> str:
    return plain_value(evaluate(expression, {}, precision, "radians"), precision)[1]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2^3+1", 9),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("6/3", 2),
        ("7/2", 3.5),
        ("-7 // 2", -4),
        ("10 % 3", 1),
        ("√(16) + 3×2 − 8÷4", 8),  # noqa: RUF001 - what people paste
        ("0xff + 0b11 + 0o7", 265),
        ("1_000 * 2", 2000),
        ("3!", 6),
        ("3!!", 720),
        ("(2+1)! / 2!", 3),
        ("gcd(4, 6)!", 2),
        ("not 3!", False),
        ("5 != 3", True),
        ("1 < 2 < 3", True),
        ("10 if 3 > 2 else 1/0", 10),
        ("true and not false", True),
        ("gcd(12, 18) + lcm(4, 6)", 18),
        ("comb(5, 2) + perm(5, 2)", 30),
        ("xor(6, 3)", 5),
        ("log(e)", 1),
        ("ln(e^2)", 2),
        ("log10(1000)", 3),
        ("log(8, 2)", 3),
        ("log(1000, 10)", 3),
        ("cbrt(-27)", -3),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.005, 2)", 1.01),
        ("round(1250, -2)", 1300),
        ("trunc(-2.7) + floor(-2.7) + ceil(2.1)", -2),
        ("clamp(15, 0, 10) + sign(-3)", 9),
        ("mean(1, 2, 6) + median([3, 1, 2])", 5),
        ("median(1, 2)", 1.5),
        ("mode([1, 2, 2, 3])", 2),
        ("pstdev([2, 4, 4, 4, 5, 5, 7, 9])", 2),
        ("variance(1, 2, 3, 4)", 5 / 3),
        ("percentile([1, 2, 3, 4], 50)", 2.5),
        ("sum([1, 2]) + product(3, 4) + count([5, 6]) + max(1, 2) - min([1, 2])", 18),
        ("[1, 2.5]", [1, 2.5]),
        ("π == pi and φ == phi and τ == 2*pi", True),
        ("hypot(3, 4) + atan2(0, 1)", 5),
    ],
)
@pytest.mark.parametrize("precision", [None, 30])
def test_calculator_evaluates(expression: str, expected: Any, precision: int | None) -> None:
    result = value(expression, precision)
    assert result == (pytest.approx(expected) if isinstance(expected, (float, list)) else expected)
    assert type(result) is not bool or type(expected) is bool


def test_precision_is_decimal_all_the_way() -> None:
    assert text("0.1 + 0.2", 30) == "0.3"
    assert text("1/3", 40) == "0." + "3" * 40
    assert text("pi", 50) == "3.1415926535897932384626433832795028841971693993751"
    assert text("sqrt(2)^2 - 2", 20) != ""
    assert text("floor(12345678901234567890.5)", 30) == "12345678901234567890"
    assert text("1e400 * 2", 5) == "2.0e+400"
    assert value("1e400", 5) is None


def test_variables_mean_their_decimal_text_and_may_have_any_name() -> None:
    assert value("x * 3", 30, x=0.1) == 0.3
    assert value("größe + π", größe=2, π=3) == 5
    assert value("mean(data)", data=[1, 2, 3]) == 2


@pytest.mark.parametrize("precision", [None, 20])
def test_angle_unit_applies_both_ways(precision: int | None) -> None:
    assert value("sin(30)", precision, "degrees") == pytest.approx(0.5)
    assert value("asin(0.5)", precision, "degrees") == pytest.approx(30)
    assert value("cos(200)", precision, "gradians") == pytest.approx(-1)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "1 +",
        "1; 2",
        "a = 1",
        "'a' * 3",
        "1j",
        "().__class__",
        "lambda: 1",
        "[x for x in [1]]",
        "f(1)(2)",
        "x",
        "nope(1)",
        "__import__('os')",
        "(1).real",
        "[1][0]",
        "{1: 2}",
        "f'{1}'",
        "round(1, digits=2)",
        "!",
        "3 + !",
        "sqrt()",
        "max([1, [2]])",
        "[1] * 5",
        "sqrt([1])",
        "5 mod 3",
        "print(1)",
        "1 if 2",
        "sqrt.x",
    ],
)
async def test_wrong_expressions_are_validation_errors(call: Call, expression: str) -> None:
    with pytest.raises(ValidationError) as caught:
        await call("calculator", expression=expression)
    assert "expression" in str(caught.value.context["faults"])


@pytest.mark.parametrize("precision", [None, 30])
@pytest.mark.parametrize(
    "expression",
    [
        "9^9^9^9",
        "factorial(10^6)",
        "1 << 10^6",
        "2^(10^9)",
        "exp(exp(exp(100)))",
        "10.0^(10^9)",
        "perm(10^6, 10^5)",
        "comb(10^6, 5*10^5)",
        "product([2^9000, 2^9000])",
        "gamma(10.0^9)",
        "sinh(10.0^9)",
        "-" * 4000 + "1",
        "stdev(1)",
        "mean([])",
        "sqrt(-1)",
        "log(0)",
        "1/0",
        "5 % 0",
        "asin(2)",
        "(-8)^(1/3)",
        "factorial(2.5)",
        "0^-1",
    ],
)
async def test_what_has_no_real_result_or_would_take_for_ever_fails(
    call: Call, expression: str, precision: int | None
) -> None:
    with pytest.raises(ToolExecutionError) as caught:
        await call("calculator", expression=expression, precision=precision)
    assert caught.value.suggestions


async def test_unknown_name_suggests_the_nearest(call: Call) -> None:
    with pytest.raises(ValidationError) as caught:
        await call("calculator", expression="sqr(2)")
    assert "sqrt" in caught.value.suggestions[0]


_NUMBERS = st.integers(-1000, 1000) | st.floats(-1e6, 1e6)


@given(_NUMBERS, _NUMBERS, st.sampled_from(["+", "-", "*"]))
def test_calculator_agrees_with_python(left: float, right: float, sign: str) -> None:
    expression = f"({left!r}) {sign} ({right!r})"
    expected = eval(expression)  # the oracle, on numbers drawn here
    assert value(expression) == pytest.approx(expected)
    assert value(expression, 40) == pytest.approx(expected, rel=1e-12, abs=1e-9)


@given(st.floats(0.001, 1000))
def test_precise_functions_agree_with_the_floats(number: float) -> None:
    for name in ("sin", "cos", "atan", "exp", "ln", "log2", "log10", "sqrt", "cbrt", "tanh", "erf"):
        if name == "exp" and number > 700:
            continue
        assert value(f"{name}({number!r})", 30) == pytest.approx(value(f"{name}({number!r})"), rel=1e-12)
    assert math.isclose(value(f"round({number!r}, 2)", 30), value(f"round({number!r}, 2)"))
