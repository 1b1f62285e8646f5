"""What every text operation is: options as fields, one method that does the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from llmspell.errors import ResourceExhaustedError

if TYPE_CHECKING:
    from llmspell.spec.context import Regex

MAX_TEXT = 50_000_000
"""Characters that one value may have, so that `repeat` and `pad` cannot fill the memory."""


@frozen(kw_only=True)
class Operation:
    """One operation. Its fields are its options, the first of which may be given alone (`{truncate: 10}`)."""

    wants: ClassVar[str] = "text"
    """`text` (a list is worked on item by item), `list` (a text is split into lines first) or `any`."""

    def on(self, value: Any, regex: Regex) -> Any:
        """Do the work on whatever the operation before has left."""
        if self.wants == "any":
            return self.apply(value, regex)
        if self.wants == "list":
            if isinstance(value, list):
                return self.apply(value, regex)
            changed = self.apply(_text(value).split("\n"), regex)
            return "\n".join(changed) if isinstance(changed, list) else changed
        if isinstance(value, list):
            return [self.on(one, regex) for one in value]
        return self.apply(_text(value), regex)

    def apply(self, value: Any, regex: Regex) -> Any:
        """Do the work on a value of the wanted kind."""
        raise NotImplementedError


def check_length(value: Any, index: int = -1) -> None:
    """Raise `ResourceExhaustedError` for more than `MAX_TEXT` characters."""
    length = sum(len(one) for one in value if isinstance(one, str)) if isinstance(value, list) else 0
    length = len(value) if isinstance(value, str) else length
    if length > MAX_TEXT:
        message = f"operations[{index}] made a text of {length} characters; the limit is {MAX_TEXT}"
        raise ResourceExhaustedError(message, suggestions=["work on a smaller text"])


def refuse_longer_than_limit(length: int) -> None:
    """Raise `ResourceExhaustedError` before a text of this length is made."""
    if length > MAX_TEXT:
        message = f"the result would have {length} characters; the limit is {MAX_TEXT}"
        raise ResourceExhaustedError(message, suggestions=["use a smaller width or count"])


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
