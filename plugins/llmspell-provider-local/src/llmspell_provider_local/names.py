"""Which files of a folder are models, what they are called, and what to say when the wanted one is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, ModelNotFoundError
from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PATH = "providers.local.path"
SUFFIX = ".gguf"
SHOWN = 5

ONLY = "*"
"""Asked for by whoever names no model: the only one there is. The descriptor's `default_model`."""


def is_model(name: str) -> bool:
    """Tell a model's file from the later pieces of a split one and from the eyes and ears of another (`mmproj`)."""
    if not name.endswith(SUFFIX) or "mmproj" in name:
        return False
    _, piece, number = name.removesuffix(SUFFIX).rpartition("-of-")
    return not piece or not number.isdigit() or name.endswith(f"-00001-of-{number}{SUFFIX}")


def choose(wanted: str, models: Mapping[str, Path], where: str) -> str:
    """Give the name of the wanted model, or of the only one there is when none is named."""
    name = "" if wanted == ONLY else wanted.removesuffix(SUFFIX)
    if name in models:
        return name
    if not models:
        raise ModelNotFoundError(
            f"there is no model file (*.gguf) in {where}",
            suggestions=["put a GGUF file there", f"name another folder or file in {PATH}"],
        )
    names = ", ".join(sorted(models)[:SHOWN]) + (", ..." if len(models) > SHOWN else "")
    if name:
        close = [f"did you mean {one!r}?" for one in near_words(name, models, n=1)]
        advice = [*close, f"models there: {names}"]
        raise ModelNotFoundError(f"there is no model file {name}{SUFFIX} in {where}", suggestions=advice)
    if len(models) > 1:
        raise ModelNotFoundError(
            f"no model is named, and {where} has {len(models)}",
            suggestions=[f"set model in [providers.local] to one of: {names}"],
        )
    return next(iter(models))


def not_configured() -> ConfigError:
    """Say that nobody told where the models are."""
    return ConfigError(
        f"{PATH} is not set: where is the GGUF model file?",
        faults=[(PATH, "is not set")],
        suggestions=[
            f"Set {PATH} in llmspell.toml to a folder with GGUF files, or to one file.",
            "Get a file first if there is none: llmspell downloads no models.",
        ],
    )


def nothing_there(where: str) -> ConfigError:
    """Say that the configured place does not exist."""
    return ConfigError(
        f"{PATH} names {where}, where nothing is",
        faults=[(PATH, f"there is no file or folder {where}")],
        suggestions=["Correct the path, or make the folder and put a GGUF file there."],
    )
