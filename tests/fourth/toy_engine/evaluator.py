"""Evaluate the toy language with generators: one yields what it waits for and is sent the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fourth.toy_engine.reader import Form, MisreadError, Symbol
from tests.fourth.toy_engine.values import Closure, RaisedError, Scope, fail

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.fourth.toy_engine.budget import Budget

    Steps = Generator[Any, Any, Any]


class LeaveError(Exception):
    """A way out of a loop, or of a function with a value."""

    def __init__(self, what: str, value: object = None) -> None:
        super().__init__()
        self.what = what
        self.value = value


class Evaluator:
    """Run forms in a scope.

    `member(value, name)` gives what `value.name` is, `together(bodies)` runs several side by side. A `for` reads a
    list, or something with `advance()`, which gives whether there is an item and which, and `leave()`.
    """

    def __init__(
        self, budget: Budget, member: Callable[[Any, str], Any], together: Callable[[list[Steps]], Steps]
    ) -> None:
        self._budget = budget
        self._member = member
        self._together = together

    def run(self, form: Any, scope: Scope) -> Steps:
        """Give the value of a form."""
        if type(form) is Symbol:
            return (yield from self._find(form, scope))
        if type(form) is not Form or not form:
            return None if type(form) is Form else form
        self._budget.step()
        try:
            special = _SPECIAL.get(form[0]) if type(form[0]) is Symbol else None
            if special is not None:
                return (yield from awaited(special(self, form, scope)))
            function = yield from self.run(form[0], scope)
            arguments = yield from self._each(form, 1, scope)
            return (yield from self.apply(function, arguments))
        except RecursionError:
            deep = fail("functions are nested too deep")
            deep.passes(f"{form.file}:{form.line}")
            raise deep from None
        except RaisedError as error:
            error.passes(f"{form.file}:{form.line}")
            raise

    def apply(self, function: Any, arguments: list[Any]) -> Steps:
        """Call a function of the script, or one of ours: what that gives is awaited when it is a generator."""
        if isinstance(function, Closure):
            values = dict(zip(function.names, [*arguments, *[None] * len(function.names)], strict=False))
            try:
                return (yield from self.body(function.body, 0, Scope(values, function.scope)))
            except LeaveError as leave:
                if leave.what != "return":
                    raise fail("break stands outside of a loop") from None
                return leave.value
            except RaisedError as error:
                error.leaves(f"in {function.name}" if function.name else "in function")
                raise
        if not callable(function):
            raise fail("what is called is no function")
        try:
            found = function(*arguments)
        except (TypeError, ValueError, LookupError, ArithmeticError):
            raise fail("a function was given values that it does not take") from None
        return (yield from awaited(found))

    def body(self, form: Form, start: int, scope: Scope) -> Steps:
        """Run forms one after another; the last gives the value."""
        value = None
        for index in range(start, len(form)):
            value = yield from self.run(form[index], scope)
        return value

    def _each(self, form: Form, start: int, scope: Scope) -> Steps:
        values: list[Any] = [None] * (len(form) - start)
        for index in range(len(values)):
            values[index] = yield from self.run(form[start + index], scope)
        return values

    def _find(self, name: str, scope: Scope) -> Steps:
        first, *rest = name.split(".") if name.strip(".") and "." in name else [name]
        owner = scope.owner(first)
        if owner is None:
            raise fail(f"there is no {first!r}")
        value = owner[first]
        for one in rest:
            value = yield from awaited(self._member(value, one))
        return value

    # -- special forms -------------------------------------------------------------------------------------------------

    def _let(self, form: Any, scope: Scope) -> Steps:
        inner = Scope({}, scope)
        pairs = form[1]
        for name, value in zip(pairs[::2], pairs[1::2], strict=True):
            inner.values[str(name)] = yield from self.run(value, inner)
        return (yield from self.body(form, 2, inner))

    def _define(self, form: Form, scope: Scope) -> Steps:
        value = scope.values[str(form[1])] = yield from self.run(form[2], scope)
        if isinstance(value, Closure):
            value.name = value.name or str(form[1])

    def _set(self, form: Form, scope: Scope) -> Steps:
        value = yield from self.run(form[2], scope)
        owner = scope.owner(str(form[1]))
        if owner is None:
            raise fail(f"there is no {form[1]!r} to set")
        owner[str(form[1])] = value
        return value

    def _function(self, form: Any, scope: Scope) -> Closure:
        inner = Form(form.file, form.line)
        inner.extend(form[2:])
        return Closure([str(name) for name in form[1]], inner, scope)

    def _if(self, form: Form, scope: Scope) -> Steps:
        test = yield from self.run(form[1], scope)
        if test is not None and test is not False:
            return (yield from self.run(form[2], scope))
        return (yield from self.body(form, 3, scope))

    def _while(self, form: Form, scope: Scope) -> Steps:
        try:
            while (yield from self.run(form[1], scope)) not in (None, False):
                self._budget.step()
                yield from self.body(form, 2, Scope({}, scope))
        except LeaveError as leave:
            if leave.what != "break":
                raise

    def _for(self, form: Any, scope: Scope) -> Steps:
        head = form[1]
        source = yield from self.run(head[1], scope)
        advance = getattr(source, "advance", None) or _steps_of(source)
        try:
            while True:
                more, item = yield from awaited(advance())
                if not more:
                    return
                yield from self.body(form, 2, Scope({str(head[0]): item}, scope))
        except LeaveError as leave:
            if leave.what != "break":
                raise
        finally:
            if hasattr(source, "leave"):
                source.leave()

    def _try(self, form: Form, scope: Scope) -> Steps:
        parts = [one for one in form[1:] if isinstance(one, Form) and one and one[0] in ("catch", "finally")]
        body = Form(form.file, form.line)
        body.extend(one for one in form[1:] if not any(one is part for part in parts))
        ways = {str(part[0]): part for part in parts}
        try:
            try:
                return (yield from self.body(body, 0, Scope({}, scope)))
            except RaisedError as error:
                if "catch" not in ways:
                    raise
                name = str(ways["catch"][1])
                return (yield from self.body(ways["catch"], 2, Scope({name: error.value}, scope)))
        except GeneratorExit:
            ways.pop("finally", None)  # the run is over: nothing of it is begun any more
            raise
        finally:
            if "finally" in ways and self._budget.failure is None:
                yield from self.body(ways["finally"], 1, Scope({}, scope))

    def _throw(self, form: Form, scope: Scope) -> Steps:
        raise RaisedError((yield from self.run(form[1], scope)))

    def _leave(self, form: Form, scope: Scope) -> Steps:
        value = yield from self.body(form, 1, scope)
        raise LeaveError(str(form[0]), value)

    def _and(self, form: Form, scope: Scope) -> Steps:
        value: Any = True
        for index in range(1, len(form)):
            value = yield from self.run(form[index], scope)
            if value is None or value is False:
                break
        return value

    def _or(self, form: Form, scope: Scope) -> Steps:
        value: Any = None
        for index in range(1, len(form)):
            value = yield from self.run(form[index], scope)
            if value is not None and value is not False:
                break
        return value

    def _parallel(self, form: Form, scope: Scope) -> Steps:
        return (yield from self._together([self.run(one, scope) for one in form[1:]]))

    def _do(self, form: Form, scope: Scope) -> Steps:
        return (yield from self.body(form, 1, Scope({}, scope)))


def awaited(found: Any) -> Steps:
    """Give what was found, or what it gives in the end."""
    return (yield from found) if hasattr(found, "send") else found


def _steps_of(source: Any) -> Callable[[], Any]:
    if not isinstance(source, list):
        raise fail("for takes a list or a stream")
    index = -1

    def advance() -> tuple[bool, Any]:
        nonlocal index
        index += 1
        return (True, source[index]) if index < len(source) else (False, None)

    return advance


_LEAST = {"let": 2, "fn": 2, "for": 2, "def": 3, "set": 3, "if": 3, "while": 2, "throw": 2, "catch": 2}
_NAMED = ("let", "fn", "for")


def check(form: object) -> None:
    """Raise `MisreadError` where a special form lacks a part."""
    if not isinstance(form, Form):
        return
    name = str(form[0]) if form else ""
    if len(form) < _LEAST.get(name, 0):
        raise MisreadError(f"({name} ...) lacks a part", form.line)
    names = form[1] if name in _NAMED else None
    if names is not None and not isinstance(names, Form):
        raise MisreadError(f"({name} ...) takes its names in parentheses", form.line)
    if (name == "for" and len(names or ()) != 2) or (name == "let" and len(names or ()) % 2):
        raise MisreadError(f"({name} ...) takes pairs of a name and a value", form.line)
    for one in form:
        check(one)


_SPECIAL: dict[object, Callable[[Evaluator, Form, Scope], Any]] = {
    name: vars(Evaluator)[f"_{method}"]
    for name, method in {
        "and": "and", "break": "leave", "def": "define", "do": "do", "fn": "function", "for": "for", "if": "if",
        "let": "let", "or": "or", "parallel": "parallel", "return": "leave", "set": "set", "throw": "throw",
        "try": "try", "while": "while",
    }.items()
}  # fmt: skip
