"""A plugin with one hook set of two parts, for the tests beside it."""

from __future__ import annotations

from attrs import frozen

from llmspell.errors import ValidationError
from llmspell.model.decision import Answer
from llmspell.spec import Component, Hook, HookOptions, config_section, hook_set, hookimpl

HERE = "tests.unit.runtime.hook_set_plugin"


@frozen(kw_only=True)
class Section:
    word: str = "hello"


class Politeness:
    def __init__(self):
        self.asked = []
        self.seen = []

    def hooks(self, part, section):
        self.asked.append((part, section))

        async def around(call, proceed, ctx):
            self.seen.append((part, call.metadata.get("settings")))
            return await proceed(call)

        def after(call, result):
            return Answer(result) if part == "thanks" else None

        options = HookOptions(band="cache", name=f"politeness_{part}")
        return [Hook("around_llm_call", around, options), Hook("after_llm_call", after, options)]

    def check(self, option, value, bare):
        if not isinstance(value, str):
            raise ValidationError(f"{option} must be a text")
        return value.strip()

    def statistics(self):
        return {"politeness": {"seen": len(self.seen)}}


@hookimpl
def llmspell_hook_sets() -> list[Component]:
    options = {"greeting": "greeting"}
    return [hook_set("politeness", f"{HERE}:Politeness", "Be polite.", path="politeness", options=options)]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    return [
        config_section(f"politeness_{part}", f"{HERE}:Section", "Words.", path=f"politeness.{part}")
        for part in ("greeting", "thanks")
    ]
