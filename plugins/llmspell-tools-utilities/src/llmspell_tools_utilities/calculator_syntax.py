"""From text to a number: the calculator's notation, walked by simpleeval over a short list of syntax."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import simpleeval  # type: ignore[import-untyped]

from llmspell.errors import ValidationError
from llmspell.model.near import near_words
from llmspell_tools_utilities.calculator_functions import Floats, Numbers
from llmspell_tools_utilities.calculator_precise import Precise
from llmspell_tools_utilities.number_text import check_size

if TYPE_CHECKING:
    from collections.abc import Mapping

_SPELLINGS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "≤": "<=", "≥": ">=", "≠": "!=", "√": "sqrt"})  # noqa: RUF001 - what people paste
_MAX_SHIFT = 10_000
_WORDS = ("and", "or", "not", "if", "else")
_SYNTAX: tuple[type, ...] = (
    ast.Name,
    ast.UnaryOp,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.IfExp,
    ast.Call,
    ast.Constant,
)


class _Evaluator(simpleeval.SimpleEval):  # type: ignore[misc]  # simpleeval ships no types
    """Walk the allowed syntax only: no attributes, subscripts, strings, keywords, comprehensions or lambdas."""

    nodes: dict[type, Any]

    def __init__(self, numbers: Numbers, names: Mapping[str, Any]) -> None:
        super().__init__(operators=_operators(numbers), functions=numbers.functions(), names=dict(names))
        self.nodes = {kind: self.nodes[kind] for kind in _SYNTAX}
        self.nodes |= {ast.List: self._list, ast.Tuple: self._list}

    def _list(self, node: ast.List | ast.Tuple) -> list[Any]:
        return [self._eval(one) for one in node.elts]


def evaluate(expression: str, variables: Mapping[str, Any], precision: int | None, angle_unit: str) -> Any:
    """Give the number, boolean or list that an expression stands for.

    Raises `ValidationError` for wrong syntax and unknown names, `ArithmeticError` or `ValueError` without a result.
    """
    numbers: Numbers = Floats(angle_unit) if precision is None else Precise(angle_unit, precision)
    source = _factorials(expression.translate(_SPELLINGS).replace("^", "**").strip())
    try:
        tree = ast.parse(source, mode="eval")
        _literals(tree, source, numbers)
        names = {**numbers.constants(), **{name: numbers.from_json(value) for name, value in variables.items()}}
        return _Evaluator(numbers, names).eval(source, previously_parsed=tree.body)
    except SyntaxError as error:
        raise _wrong(expression, f"it is not an expression ({error.msg})") from error
    except (simpleeval.NameNotDefined, simpleeval.FunctionNotDefined) as error:
        raise _unknown(expression, error, numbers, variables) from error
    except simpleeval.InvalidExpression as error:
        raise _wrong(expression, "only numbers, names, operators, functions and lists can be used") from error
    except TypeError as error:
        raise _wrong(expression, f"a function or operator got what it cannot use ({error})") from error


def _literals(tree: ast.Expression, source: str, numbers: Numbers) -> None:
    """Read decimal literals from the text, so that 0.1 is a tenth in every precision."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            if isinstance(node.value, float):
                node.value = numbers.literal(ast.get_source_segment(source, node) or repr(node.value))
            elif not isinstance(node.value, int):
                raise _wrong(source, f"only numbers can be calculated with, not {node.value!r}")
        if isinstance(node, ast.Call) and (node.keywords or not isinstance(node.func, ast.Name)):
            raise _wrong(source, "functions are called by name with plain arguments, e.g. `round(x, 2)`")


def _factorials(source: str) -> str:
    """Write postfix `!` as a call: `(n+1)!` becomes `factorial((n+1))`."""
    position = source.find("!")
    while position != -1:
        if source[position : position + 2] == "!=":
            position = source.find("!", position + 2)
            continue
        start = _operand_start(source, position)
        if start == position:
            raise _wrong(source, "`!` needs a number, a name or parentheses before it")
        source = f"{source[:start]}factorial({source[start:position].rstrip()}){source[position + 1 :]}"
        position = source.find("!")
    return source


def _operand_start(source: str, end: int) -> int:
    """Find where the operand that ends before `end` begins: a word, or a bracket with the function name before it."""
    place = end
    while place and source[place - 1].isspace():
        place -= 1
    if place and source[place - 1] == ")":
        depth = 0
        while place:
            place -= 1
            depth += {")": 1, "(": -1}.get(source[place], 0)
            if depth == 0:
                break
    begin = place
    while begin and (source[begin - 1].isalnum() or source[begin - 1] in "._"):
        begin -= 1
    if source[begin:place] in _WORDS:
        begin = place
    return end if not source[begin:end].strip() else begin


def _operators(numbers: Numbers) -> dict[type, Any]:
    """Give the operators: the safe ones of Python, with division and power of the number kind in use."""
    whole: dict[type, Any] = {
        ast.Add: operator.add,
        ast.Sub: operator.sub,
        ast.Mult: operator.mul,
        ast.Mod: operator.mod,
        ast.BitAnd: operator.and_,
        ast.BitOr: operator.or_,
        ast.RShift: operator.rshift,
        ast.USub: operator.neg,
        ast.UAdd: operator.pos,
        ast.Invert: operator.invert,
    }
    compare: dict[type, Any] = {
        ast.Not: operator.not_,
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Gt: operator.gt,
        ast.Lt: operator.lt,
        ast.GtE: operator.ge,
        ast.LtE: operator.le,
    }
    scalar = {kind: _on_numbers(function) for kind, function in whole.items()}
    own: dict[type, Any] = {
        ast.FloorDiv: numbers.floor_divide,
        ast.Div: numbers.divide,
        ast.Pow: numbers.power,
        ast.LShift: _shift,
    }
    return {**scalar, **compare, **{kind: _on_numbers(function) for kind, function in own.items()}}


def _on_numbers(function: Any) -> Any:
    """Refuse lists as operands, and whole results that grow without end."""

    def checked(*operands: Any) -> Any:
        if any(isinstance(one, list) for one in operands):
            raise TypeError("operators take numbers; use sum, mean, max, ... for lists")
        result = function(*operands)
        return check_size(result) if type(result) is int else result

    return checked


def _shift(value: int, places: int) -> int:
    if places > _MAX_SHIFT:
        raise OverflowError("shifted too far")
    return value << places


def _unknown(expression: str, error: Any, numbers: Numbers, variables: Mapping[str, Any]) -> ValidationError:
    name = str(getattr(error, "name", None) or getattr(error, "func_name", ""))
    known = [*numbers.functions(), *numbers.constants(), *variables]
    close = near_words(name, known, n=3)
    hint = (
        f"did you mean {', '.join(close)}?" if close else f"known functions: {', '.join(sorted(numbers.functions()))}"
    )
    return _wrong(expression, f"{name!r} is not known", hint)


def _wrong(expression: str, why: str, advice: str = "write e.g. `sqrt(2) * (3 + x)`") -> ValidationError:
    message = f"cannot calculate {expression[:80]!r}: {why}"
    return ValidationError(message, suggestions=[advice], context={"faults": [{"path": "expression", "message": why}]})
