"""Arguments by name: where each goes."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.bridge.binder import Binder
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import NO_MAP, Options
from llmspell.bridge.named import Named
from llmspell.errors import ValidationError


class Size(Options):
    width: int = 1
    tall_height: int = 2


class Owner:
    def plain(self, key: str, default: object = None, by: int = 1) -> None: ...

    def table(self, options: Size, extra: dict[str, object] = NO_MAP) -> None: ...

    def mixed(self, pattern: str, handler: Callback, options: Size | None = None) -> None: ...

    def rest(self, first: str, *others: object) -> None: ...

    def nothing(self) -> None: ...


def bound(name: str, *arguments: Any, **named: Any) -> Any:
    binder = Binder(f"Owner.{name}", Owner, getattr(Owner, name))
    found = binder.bind([*arguments, Named(named)], "s")
    return [one.given() if isinstance(one, Options) else one for one in found]


def test_names_of_parameters() -> None:
    assert bound("plain", "k", by=2) == ["k", None, 2]
    assert bound("plain", key="k", default={"a": 1}) == ["k", {"a": 1}, 1]
    assert bound("rest", first="x") == ["x"]


def test_a_table_takes_what_is_no_parameter() -> None:
    assert bound("table", width=3, tallHeight=4) == [{"width": 3, "tall_height": 4}, {}]
    assert bound("table", {"width": 3}, a=1) == [{"width": 3}, {"a": 1}]
    assert bound("table", options={"width": 3}, extra={"b": 2}) == [{"width": 3}, {"b": 2}]


def test_parameters_and_options_side_by_side() -> None:
    handler = Callback(None, 1)  # type: ignore[arg-type]  # belongs to no session
    assert bound("mixed", pattern="x", handler=handler, width=5) == ["x", handler, {"width": 5}]
    assert bound("mixed", "x", handler, width=5) == ["x", handler, {"width": 5}]


@pytest.mark.parametrize(
    ("name", "named", "message"),
    [
        ("plain", {"key": "k", "defalt": 1}, "Owner.plain has no argument 'defalt'; it takes by, default, key"),
        ("nothing", {"x": 1}, "Owner.nothing has no argument 'x'; it takes no more arguments"),
        ("table", {"widht": 1}, "did you mean 'width'"),
        ("plain", {"by": 1}, "key must be text, got nothing"),
    ],
)
def test_a_name_with_no_place_is_an_error(name: str, named: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        bound(name, **named)
    assert message in caught.value.message
