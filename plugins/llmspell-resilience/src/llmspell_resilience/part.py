"""What all parts have in common: a section, the options of an agent on top of it, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar, cast

from attrs import asdict, evolve, has

from llmspell.errors import ValidationError
from llmspell.model.schema import convert_options
from llmspell.model.schema_keys import snake
from llmspell.model.units import parse_duration, parse_size
from llmspell.spec import Hook, HookOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from attrs import AttrsInstance

    from llmspell.model.call import Call
    from llmspell_resilience.resilience import Resilience

    Proceed = Callable[[Call], Awaitable[object]]

S = TypeVar("S")
NOTHING: Mapping[str, object] = {}
OUTER, MIDDLE, INNER = 900, 500, 100
"""Priorities within a band."""


class Target(NamedTuple):
    """A model of a provider."""

    provider: str
    model: str

    @classmethod
    def of(cls, call: Call) -> Target:
        """Tell whom a call asks."""
        return cls(str(call.metadata.get("provider", "")), str(getattr(call.input, "model", call.subject)))

    @classmethod
    def read(cls, text: str) -> Target:
        """Read `provider/model`."""
        provider, _, model = text.partition("/")
        return cls(provider, model)

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"


def given(call: Call, option: str) -> Any:
    """Give what the agent behind a call says for an option; None when it says nothing."""
    settings = call.metadata.get("settings")  # most often there are none, and a dozen parts ask
    return settings.get(option) if settings is not None and isinstance(settings, Mapping) else None


def around(
    point: str,
    band: str,
    function: Callable[..., object],
    name: str,
    priority: int = MIDDLE,
    *,
    when: Callable[[Any], bool] | None = None,
) -> Hook:
    """Describe an `around` hook of a part."""
    return Hook(f"around_{point}", function, HookOptions(priority=priority, band=band, name=name, when=when))


class Part(Generic[S]):
    """One part of a hook set.

    `kind` is the class of its section, `option` the agent's option, whose keys are those of the section. `section` is
    None while only agents have asked for the part.
    """

    kind: ClassVar[type]
    option: ClassVar[str] = ""

    def __init__(self, whole: Resilience) -> None:
        self.whole = whole
        self.section: S | None = None

    def hooks(self) -> Iterable[Hook]:
        """Give the hooks of the part."""
        raise NotImplementedError

    def statistics(self) -> Mapping[str, object]:
        """Count what it has done, as JSON data."""
        return {}

    def check(self, value: object, bare: str) -> object:
        """Check the agent's option and give it as JSON data; raises `ValidationError` with every fault.

        `bare` is the unit of a duration that is a plain number.
        """
        return read(self.kind, value, self.option, bare)

    def settings(self, call: Call) -> S | None:
        """Give what holds for a call: the section with the agent's keys on top; None where neither is there."""
        own = given(call, self.option)
        if own is None:
            return self.section
        start: Any = self.kind() if self.section is None else self.section
        rules: Mapping[str, type] = getattr(self.kind, "RULES", {})
        made = {key: _rules(rules[key], value) if key in rules else value for key, value in own.items()}
        changed: S = evolve(start, **made)
        return changed


def _rules(kind: type, table: Mapping[str, Mapping[str, object]]) -> dict[str, object]:
    return {name: kind(**rule) for name, rule in table.items()}


def read(kind: type, value: object, option: str, bare: str = "s") -> dict[str, object]:
    """Read a table of an agent's option by the class of a section: durations and sizes become numbers."""
    if not isinstance(value, Mapping):
        message = f"the option {option!r} is {value!r}, not a table"
        raise ValidationError(message, suggestions=[f"write {option} = {{...}}"])
    plain = _units(kind, value, bare)
    rules: Mapping[str, type] = getattr(kind, "RULES", {})
    for key, rule in rules.items():
        if isinstance(table := plain.get(key), Mapping):
            plain[key] = {
                name: _units(rule, one, bare) if isinstance(one, Mapping) else one for name, one in table.items()
            }
    try:
        made = convert_options(kind, plain, who=f"the agent's {option}")
    except ValueError as error:
        message = f"the option {option!r} {error}"
        raise ValidationError(message) from error
    return {key: _plain(getattr(made, key)) for key in plain}


def _units(kind: type, table: Mapping[str, Any], bare: str) -> dict[str, Any]:
    """Give the keys in one spelling, and durations and sizes as numbers."""
    plain = {snake(key): one for key, one in table.items()}
    for key in getattr(kind, "MILLISECONDS", ()):
        if isinstance(plain.get(key), (str, int, float)):
            plain[key] = parse_duration(plain[key], bare=bare)
    for key in getattr(kind, "SIZES", ()):
        if isinstance(plain.get(key), str):
            plain[key] = parse_size(plain[key])
    return plain


def _plain(value: object) -> object:
    """Give JSON data: of rules only what they say."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if has(type(value)):
        return asdict(cast("AttrsInstance", value), filter=lambda _, one: one is not None)
    return list(value) if isinstance(value, tuple) else value
