"""Grants whose uses are heard of: also those that are made of them."""

from __future__ import annotations

import pytest

from llmspell.errors import PermissionDeniedError
from llmspell.services.permission_heard import HeardGrants
from llmspell.services.permission_holding import Holding
from llmspell.services.permissions import Grants

RULES = ["env.read=A", "env.read=B"]


@pytest.mark.parametrize(
    "made",
    [
        lambda heard: heard,
        lambda heard: heard.narrow(["env.read=A"]),
        lambda heard: heard.only(["env.read"]),
        lambda heard: heard.intersect(Grants.parse(["env.read=A"])),
        lambda heard: heard.held_by(Holding()),
        lambda heard: heard.only(["env.read"]).narrow(["env.read=A"]).held_by(Holding()),
    ],
)
def test_what_is_made_of_heard_grants_is_heard(made: object) -> None:
    heard: list[tuple[str, ...]] = []
    grants = made(HeardGrants(Grants.parse(RULES), lambda *told: heard.append(told)))  # type: ignore[operator]
    grants.require("env.read", "A", who="somebody")
    with pytest.raises(PermissionDeniedError):
        grants.require("env.read", "C", who="somebody")
    assert heard == [("right_used", "env.read", "A", "somebody"), ("right_denied", "env.read", "C", "somebody")]


def test_who_hears_of_a_use_may_end_it() -> None:
    def told(*_: str) -> None:
        raise RuntimeError("the log is full")

    with pytest.raises(RuntimeError, match="full"):
        HeardGrants(Grants.parse(RULES), told).require("env.read", "A")


def test_every_method_that_makes_grants_is_one_of_these() -> None:
    """A method of `Grants` that gives others must tell of their uses, too."""
    making = {"intersect", "narrow", "held_by", "only"}
    annotated = {
        name
        for name, method in vars(Grants).items()
        if getattr(method, "__annotations__", {}).get("return") == "Grants" and not isinstance(method, classmethod)
    }
    assert annotated - {"extended"} == making  # what is extended is the user's, before anything runs
    assert making <= set(vars(HeardGrants))
