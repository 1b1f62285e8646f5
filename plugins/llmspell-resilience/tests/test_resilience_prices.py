from __future__ import annotations

import re

import pytest

from llmspell.errors import LimitReachedError
from llmspell.model.agent import Limits
from llmspell.model.llm import Usage
from llmspell.model.price import Tariff
from llmspell_resilience.part import Target
from llmspell_resilience.prices import table, tariff
from llmspell_resilience.sections import Price, PricesSection


def test_the_table_names_its_date_source_and_licence() -> None:
    about = table()["about"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", about["date"])
    assert "litellm" in about["source"]
    assert about["licence"].startswith("MIT")
    assert len(table()["models"]) > 300


def test_every_entry_is_a_tariff() -> None:
    for name in table()["models"]:
        found = tariff(Target.read(name), None)
        assert found is not None
        assert found.cost(Usage(input_tokens=300_000, output_tokens=1000)) >= 0


def test_a_model_is_found_under_its_dated_name() -> None:
    assert tariff(Target("openai", "gpt-4o-mini-2031-01-01"), None) == tariff(Target("openai", "gpt-4o-mini"), None)


def test_who_is_not_in_the_table_has_no_price_and_who_runs_at_home_costs_nothing() -> None:
    assert tariff(Target("openai", "no-such-model"), None) is None
    assert tariff(Target("ollama", "qwen3"), None) == Tariff(0.0, 0.0)


def test_the_configuration_comes_before_the_table_and_names_vendors() -> None:
    own = Price(input=9.0, output=9.0)
    section = PricesSection(models={"openai/gpt-4o-mini": own}, vendor={"openai": "deepseek"})
    assert tariff(Target("openai", "gpt-4o-mini"), section) == Tariff(9.0, 9.0)
    assert tariff(Target("openai", "deepseek-chat"), section) == tariff(Target("deepseek", "deepseek-chat"), None)


@pytest.mark.parametrize(
    ("usage", "dollars"),
    [
        (Usage(input_tokens=1_000_000, output_tokens=1_000_000), 12.0),
        (Usage(input_tokens=1_000_000, cached_tokens=500_000), 1.05),
        (Usage(input_tokens=1_000_000, cache_write_tokens=1_000_000), 2.5),
        (Usage(input_tokens=2_000_000, output_tokens=1_000_000), 28.0),
    ],
)
def test_shares_and_tiers_have_their_own_price(usage, dollars) -> None:
    made = Tariff(2.0, 10.0, 0.1, 2.5, 1_500_000, (4.0, 20.0, None))
    assert made.cost(usage) == pytest.approx(dollars)


async def test_the_table_holds_under_a_limit_of_money(world) -> None:
    async with world(prices={"vendor": {"fake": "openai"}}) as w:
        w.service(lambda *_: {"usage": {"input_tokens": 1_000_000, "output_tokens": 1_000_000}})
        capped = await w.agent("capped", model="gpt-4o-mini", limits=Limits(cost=1))
        assert (await w.passing(capped.execute("go"))).usage.money == "0.75"
        poor = await w.agent("poor", model="gpt-4o-mini", limits=Limits(cost=0.5))
        with pytest.raises(LimitReachedError, match=r"'poor' met its limit of \$0.5"):
            await w.passing(poor.execute("go"))


async def test_the_configured_price_holds_under_a_limit_of_money(world) -> None:
    async with world(prices={"models": {"fake/m": {"input": 1.0, "output": 2.0}}}) as w:
        w.service(lambda *_: {"usage": {"input_tokens": 100_000, "output_tokens": 50_000}})
        one = await w.agent(limits=Limits(cost=1))
        assert (await w.passing(one.execute("go"))).usage.money == "0.2"


async def test_a_price_that_no_table_knows_is_refused_under_a_limit_of_money(world) -> None:
    async with world() as w:
        service = w.service(lambda *_: {})
        assert "prices" not in w.app.hook_sets.statistics()
        with pytest.raises(LimitReachedError, match="price of fake/m is not known"):
            await (await w.agent(limits=Limits(cost=1))).execute("go")
        assert w.app.hook_sets.statistics()["prices"] == {"unknown": ["fake/m"]}
        assert service.requests == []
