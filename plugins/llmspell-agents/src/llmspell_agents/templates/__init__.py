"""The shipped templates: TOML files beside this module, each under its name as the text it is."""

from __future__ import annotations

from importlib.resources import files


def __getattr__(name: str) -> str:
    """Read `<name>.toml`."""
    file = files(__name__).joinpath(f"{name}.toml")
    if name.startswith("_") or not file.is_file():
        message = f"module {__name__!r} has no template {name!r}"
        raise AttributeError(message)
    return file.read_text(encoding="utf-8")
