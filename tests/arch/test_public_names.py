"""What a module announces in `__all__` exists and says what it is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

import llmspell

if TYPE_CHECKING:
    from types import ModuleType

    from tests.arch.conftest import Distribution


def modules() -> list[ModuleType]:
    names = [found.name for found in pkgutil.walk_packages(llmspell.__path__, "llmspell.")]
    programs = ("__main__", "_child")  # importing these starts something
    return [llmspell, *(importlib.import_module(name) for name in names if not name.endswith(programs))]


def test_every_module_says_what_it_is_for() -> None:
    assert [module.__name__ for module in modules() if not (module.__doc__ or "").strip()] == []


def test_every_announced_name_resolves() -> None:
    missing = [
        f"{module.__name__}.{name}"
        for module in modules()
        for name in getattr(module, "__all__", ())
        if not hasattr(module, name)
    ]
    assert missing == []


def test_every_announced_class_and_function_has_a_docstring() -> None:
    silent = []
    for module in modules():
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if (inspect.isclass(value) or inspect.isroutine(value)) and not (value.__doc__ or "").strip():
                silent.append(f"{module.__name__}.{name}")
    assert silent == []


def test_every_distribution_ships_its_types(kernel: Distribution, plugins: list[Distribution]) -> None:
    assert [dist.name for dist in [kernel, *plugins] if not (dist.package / "py.typed").is_file()] == []
