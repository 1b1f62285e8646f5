"""The calculator: one expression in, one number out, in machine floats or in as many digits as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import field, frozen

from llmspell.errors import ToolExecutionError
from llmspell.spec.tools import Doc, Example
from llmspell_tools_utilities.calculator_syntax import evaluate
from llmspell_tools_utilities.number_text import plain_value

if TYPE_CHECKING:
    from llmspell.spec.context import Context

MAX_EXPRESSION = 10_000
MAX_PRECISION = 1000


@frozen(kw_only=True)
class CalculatorArgs:
    """What to calculate."""

    expression: Annotated[
        str,
        Doc(
            "Expression, e.g. `sqrt(2)*10`. Operators + - * / // % ^ !, comparisons, `a if c else b`, "
            "lists `[1, 2]`; `log(x)` is the natural logarithm, `log10(x)`, `log2(x)` and `log(x, base)` the others.",
            min_length=1,
            max_length=MAX_EXPRESSION,
        ),
    ]
    precision: Annotated[
        int | None,
        Doc("Significant digits of the result; calculated with that many. Default: a machine float.", 1, MAX_PRECISION),
    ] = None
    variables: Annotated[
        dict[str, float | list[float]], Doc("Values of names in the expression, e.g. {'x': 2, 'π': 3.14159}.")
    ] = field(factory=dict)
    angle_unit: Annotated[
        Literal["radians", "degrees", "gradians"], Doc("What sin, cos, tan take and asin, acos, atan give.")
    ] = "radians"


class Calculator:
    """Evaluate an expression.

    Result: `value` (number, boolean, list; null beyond a machine float), `text` (every digit asked for).
    """

    examples = (
        Example(
            "thirty digits", {"expression": "sqrt(2)*10", "precision": 30}, {"text": "14.1421356237309504880168872421"}
        ),
        Example(
            "a variable of your own",
            {"expression": "sqrt(25) + log(100) * sin(π/4)", "precision": 6, "variables": {"π": 3.141592653589793}},
            {"value": 8.25635, "text": "8.25635"},
        ),
        Example("whole numbers stay exact", {"expression": "2^64 + 5!"}, {"text": "18446744073709551736"}),
        Example("statistics", {"expression": "mean([2, 4, 9])"}, {"value": 5.0}),
        Example("degrees", {"expression": "cos(60)", "angle_unit": "degrees", "precision": 10}, {"value": 0.5}),
        Example("comparison", {"expression": "0xff == 255"}, {"value": True, "text": "true"}),
    )

    async def run(self, args: CalculatorArgs, ctx: Context) -> dict[str, Any]:  # noqa: ARG002 - it needs nothing else
        """Return value and text.

        Raises `ValidationError` for a wrong expression, `ToolExecutionError` when there is no real result.
        """
        try:
            number = evaluate(args.expression, args.variables, args.precision, args.angle_unit)
            value, text = plain_value(number, args.precision)
        except ZeroDivisionError as error:
            message = f"division by zero in {args.expression!r}"
            raise ToolExecutionError(message, suggestions=["check the divisor first: `a / b if b else 0`"]) from error
        except (OverflowError, RecursionError, MemoryError) as error:
            message = f"the result of {args.expression[:80]!r} is too large to calculate"
            raise ToolExecutionError(
                message, suggestions=["use logarithms, or a precision for larger exponents"]
            ) from error
        except (ArithmeticError, ValueError) as error:
            message = f"{args.expression[:80]!r} has no real result: {error}"
            raise ToolExecutionError(message, suggestions=["check the domain of the functions"]) from error
        return {"value": value, "text": text, "expression": args.expression, "precision": args.precision}
