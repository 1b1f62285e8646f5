"""The contract holds for a small provider written for it; one with a fault fails the tests made for that fault."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.spec import config_section, hookimpl, provider
from llmspell.testing import ProviderContract
from llmspell.testing.provider_cases import Exchange
from llmspell.testing.server import Request
from tests.unit.testing.broken_providers import FAULTS, EndsTwice, NeverTires, SaysAllAtOnce, StaysToTheEnd
from tests.unit.testing.toy_provider import EXCHANGES, KEY, ToyProvider, ToySection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = "llmspell_contract_provider"
CONTROL = {"test_text", "test_usage", "test_tools", "test_gzip", "test_provider_does_not_retry"}
"""Tests that pass but for the faults made for them."""

WITHOUT_REASONING = {name: one for name, one in EXCHANGES.items() if name != "reasoning"}
FOUND_APART = {
    "test_contract_is_whole",  # of every contract: test_plugin_contract.py
    "test_answer_ends_once",
    "test_every_case_has_an_exchange",
    "test_lacks_agrees_with_the_descriptor",
    "test_missing_end_mark_changes_nothing",  # the toy has none, and answers only in streams: the plugins' own tests
    "test_whole_answer_is_the_same",
    "test_cut_whole_answer_is_an_error",
}


@pytest.fixture(autouse=True)
def plugin() -> Iterator[ModuleType]:
    module = sys.modules[HERE] = ModuleType(HERE)

    @hookimpl
    def llmspell_providers() -> list[Any]:
        return [provider("toy", f"{HERE}:Subject", "Toy.")]

    @hookimpl
    def llmspell_config_sections() -> list[Any]:
        return [config_section("toy", f"{HERE}:ToySection", "Toy.", path="providers.toy")]

    vars(module).update(
        Subject=ToyProvider, ToySection=ToySection,
        llmspell_providers=llmspell_providers, llmspell_config_sections=llmspell_config_sections,
    )  # fmt: skip
    yield module
    del sys.modules[HERE]


class ToyContract(ProviderContract):
    component = "toy"
    plugins = (HERE,)
    exchanges = EXCHANGES
    key = KEY
    lacks = frozenset({"end_mark", "forbidden", "whole"})

    def config(self, url: str) -> Mapping[str, object]:
        return {"providers": {"toy": {"base_url": url, "api_key": self.key}}}


class TestToy(ToyContract): ...


@pytest.mark.parametrize(("broken", "expected"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_fault_is_found(failing: Any, plugin: ModuleType, broken: type, expected: set[str]) -> None:
    plugin.Subject = broken  # type: ignore[attr-defined]

    class Hurried(ToyContract):
        patience = 0.3 if broken in (SaysAllAtOnce, NeverTires, StaysToTheEnd) else ToyContract.patience

    assert failing(Hurried, CONTROL | expected) == expected


def test_every_test_of_the_contract_has_its_fault() -> None:
    found = set().union(*(expected for _, expected in FAULTS)) | FOUND_APART
    assert {name for name in dir(ProviderContract) if name.startswith("test_")} == found


def test_two_ends_are_found(failing: Any, plugin: ModuleType) -> None:
    plugin.Subject = EndsTwice  # type: ignore[attr-defined]
    assert failing(ToyContract, {"test_answer_ends_once"})


def test_a_missing_exchange_fails(failing: Any) -> None:
    class Forgetful(ToyContract):
        exchanges = WITHOUT_REASONING

    found = failing(Forgetful, CONTROL | {"test_every_case_has_an_exchange", "test_reasoning"})
    assert found == {"test_every_case_has_an_exchange", "test_reasoning"}


def test_an_exchange_from_nowhere_fails(failing: Any) -> None:
    class Vague(ToyContract):
        exchanges = {**EXCHANGES, "text": EXCHANGES["text"]._replace(source="somewhere")}  # noqa: RUF012 - declared as ClassVar by the contract

    assert failing(Vague, CONTROL | {"test_every_case_has_an_exchange"}) == {"test_every_case_has_an_exchange"}


def test_what_was_sent_is_looked_at(failing: Any) -> None:
    class Strict(ToyContract):
        exchanges = {**EXCHANGES, "text": EXCHANGES["text"]._replace(sent={"sys": "Be verbose."})}  # noqa: RUF012 - declared as ClassVar by the contract

    assert failing(Strict, CONTROL) == {"test_text", "test_usage"}


def test_lacking_what_the_descriptor_promises_fails(failing: Any, plugin: ModuleType) -> None:
    @hookimpl
    def llmspell_providers() -> list[Any]:
        return [provider("toy", f"{HERE}:Subject", "Toy.", capabilities=("reasoning",))]

    plugin.llmspell_providers = llmspell_providers  # type: ignore[attr-defined]

    class Modest(ToyContract):
        lacks = ToyContract.lacks | {"reasoning"}
        exchanges = WITHOUT_REASONING

    assert failing(Modest, CONTROL | {"test_lacks_agrees_with_the_descriptor"}) == {
        "test_lacks_agrees_with_the_descriptor"
    }


@pytest.mark.parametrize(
    ("value", "wanted", "faults"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, []),
        ({"a": {"b": [1, {"c": 2, "d": 3}]}}, {"a": {"b": [1, {"c": 2}]}}, []),
        ({}, {"a": 1}, ["$ has no 'a'"]),
        ({"a": [1, 2]}, {"a": [1]}, ["$.a is [1, 2], wanted [1]"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["$.a[0].b is 1, wanted 2"]),
    ],
)
def test_a_part_of_a_body_is_compared(value: Any, wanted: Any, faults: list[str]) -> None:
    request = Request("POST", "/", {}, json.dumps(value).encode())
    assert Exchange(b"", "constructed", sent=wanted).faults(request) == faults


def test_another_path_is_a_fault() -> None:
    found = Exchange(b"", "constructed", path="/v1/x").faults(Request("POST", "/v1/y", {}, b""))
    assert found == ["the path is '/v1/y', wanted '/v1/x'"]
