"""What all contract classes share: their tests may not be switched off in silence."""

from __future__ import annotations

import pytest


class Contract:
    """Be the root of the contract classes; subclasses named `Test...` are collected by pytest."""

    def test_contract_is_whole(self) -> None:
        """Every test of the contract runs as it was written.

        If this fails, a test was overridden: remove the override, or give it `@pytest.mark.xfail(reason=...)` and call
        the original, so that the deviation is visible in every test report.
        """
        overridden = [name for name in _contract_tests(type(self)) if _is_overridden(type(self), name)]
        if overridden:
            pytest.fail(f"{type(self).__name__} overrides {', '.join(overridden)} without xfail(reason=...)")


def _contract_tests(kind: type) -> list[str]:
    return sorted({name for one in kind.__mro__ if _ships(one) for name in vars(one) if name.startswith("test_")})


def _ships(kind: type) -> bool:
    """Tell the contract classes, which live beside this module, from the classes of their users."""
    return kind.__module__.startswith(__name__.rpartition(".")[0] + ".")


def _is_overridden(kind: type, name: str) -> bool:
    owner = next(one for one in kind.__mro__ if name in vars(one))
    if _ships(owner):
        return False
    marks = getattr(vars(owner)[name], "pytestmark", ())
    return not any(mark.name == "xfail" and mark.kwargs.get("reason") for mark in marks)
