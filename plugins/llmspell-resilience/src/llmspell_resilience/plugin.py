"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hook_set, hookimpl

PARTS = {
    "retry": ("RetrySection", "How failed calls are repeated."),
    "rate_limit": ("RateLimitSection", "How many requests and tokens a minute a model is asked for."),
    "breaker": ("BreakerSection", "When a failing model is left alone."),
    "pool": ("PoolSection", "How many requests a provider answers at once."),
    "budget": ("BudgetSection", "How many tokens and dollars may be spent."),
    "prices": ("PricesSection", "What models cost, besides the table that ships."),
    "cache": ("CacheSection", "Which answers are kept and given again."),
    "fallback": ("FallbackSection", "Which models are asked when one fails."),
    "selection": ("SelectionSection", "Among which models the model `auto` chooses."),
    "tools": ("ToolsSection", "How many tools run at once."),
    "recovery": ("RecoverySection", "What is done about each kind of error."),
}
OPTIONS = {
    "retry": "retry",
    "rate_limit": "rate_limit",
    "circuit_breaker": "breaker",
    "priority": "pool",
    "budget": "budget",
    "cache": "cache",
    "fallback": "fallback",
    "selection": "selection",
    "recovery": "recovery",
}


@hookimpl
def llmspell_hook_sets() -> list[Component]:
    """Offer the parts of `[resilience]`."""
    target = "llmspell_resilience.resilience:Resilience"
    summary = "Retries, limits, budgets, caches and fallbacks."
    needs = ("state.read", "state.write")  # for what sessions have spent
    return [hook_set("resilience", target, summary, path="resilience", options=OPTIONS, needs=needs, prices="prices")]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[resilience.<part>]`."""
    target = "llmspell_resilience.sections"
    return [
        config_section(f"resilience_{part}", f"{target}:{name}", summary, path=f"resilience.{part}")
        for part, (name, summary) in PARTS.items()
    ]
