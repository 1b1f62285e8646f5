"""Try a template: whether what it says is right, and whether an agent of it answers as a scripted model has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from llmspell.bridge.template_options import agent_config_of, option_faults
from llmspell.errors import AgentConfigError, LlmspellError
from llmspell.runtime.models import SCRIPTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.call import Call
    from llmspell.model.llm import LlmRequest
    from llmspell.runtime.agent_templates.building import Built
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.run import Run

QUESTION = "Are you there?"
ANSWER = "Yes, I am."
READS, OPTIONS, PROMPT, TOOLS, ANSWERS = "reads", "options", "prompt", "tools", "answers"


class Check(NamedTuple):
    """One thing that was tried: `error` says why it failed, `note` what is worth knowing all the same."""

    name: str
    error: str = ""
    note: str = ""

    def table(self) -> dict[str, object]:
        """Give it as JSON data."""
        about = {key: value for key, value in (("error", self.error), ("note", self.note)) if value}
        return {"check": self.name, "passed": not self.error, **about}


async def trial(run: Run, template: str | AgentTemplate, *, strict: bool = False) -> list[Check]:
    """Try a template, step by step until one fails. Missing tools are a note, or a failure when `strict`."""
    checks: list[Check] = []
    library = run.app.agent_templates
    try:
        whole = library.whole(template)
        checks.append(Check(READS, note=f"extends {' < '.join(reversed(whole.lineage))}" if whole.lineage else ""))
        wrong = "; ".join(f"{'.'.join(map(str, path))} {message}" for path, message in option_faults(whole))
        checks.append(Check(OPTIONS, wrong))
        built = library.build(whole, owner=run.id)
        checks.append(Check(PROMPT, "" if built.prompt else "it is empty"))
        lacks = ", ".join(dict.fromkeys(one.name for one in built.missing))
        told = f"nobody has {lacks}" if lacks else ""
        checks.append(Check(TOOLS, error=told) if strict else Check(TOOLS, note=told))
        if not any(check.error for check in checks):
            checks.append(Check(ANSWERS, "; ".join(await _answers(run, built))))
    except LlmspellError as error:
        steps = (READS, OPTIONS, PROMPT, TOOLS, ANSWERS)
        checks.append(Check(steps[min(len(checks), len(steps) - 1)], error.message))
    return checks


async def _answers(run: Run, built: Built) -> Sequence[str]:
    """Ask an agent of the template once; say what is not as it should be."""
    script = {"steps": [{"text": ANSWER}]}
    config = agent_config_of(built, built.template.name)
    extra = {**config.extra, "script": script}
    agent = await run.app.agents.create(run, config.replace(provider=SCRIPTED, model=SCRIPTED, extra=extra))
    seen: list[LlmRequest] = []

    def look(call: Call) -> None:
        seen.append(cast("LlmRequest", call.input))

    agent.hooks.register("before_llm_call", look)
    try:
        answer = await agent.chat(QUESTION)
    finally:
        await agent.close()
    if not seen:
        message = "the agent asked no model"
        raise AgentConfigError(message)
    offered = {tool.name for tool in seen[0].tools}
    faults = [f"tool {name!r} was not offered" for name in built.tools if name not in offered]
    faults += [] if seen[0].system == built.prompt else ["the model was not told the prompt"]
    return [*faults, *([] if answer == ANSWER else [f"it answered {answer!r}, the model had said {ANSWER!r}"])]
