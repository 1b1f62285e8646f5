"""llmspell: spells in Lua, JavaScript or Python that drive agents, tools and workflows through one API."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` costs half of the start-up budget of `--version`

if TYPE_CHECKING:
    from llmspell.errors import LlmspellError
    from llmspell.runtime.app import App
    from llmspell.runtime.sync import SyncApp

__version__ = "0.1.0"

__all__ = ["App", "LlmspellError", "SyncApp", "__version__"]

_HOMES = {"App": "llmspell.runtime.app", "LlmspellError": "llmspell.errors", "SyncApp": "llmspell.runtime.sync"}


def __getattr__(name: str) -> object:
    """Import a public name on first use, so that `import llmspell` stays as cheap as an empty module."""
    home = _HOMES.get(name)
    if home is None:
        message = f"module 'llmspell' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 - paid only by whoever asks for a name

    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value
