"""What an agent of a template is told: options of agents, checked as those of a script are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.agent import Agents
from llmspell.bridge.api.agent_hooks import KEYS
from llmspell.bridge.api.agent_memory import memory_options
from llmspell.bridge.api.agent_options import AgentOptions, agent_config
from llmspell.bridge.binder import vocabulary
from llmspell.bridge.converters import Converter, converter
from llmspell.bridge.definition import option_names
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import AgentConfigError
from llmspell.runtime.agent_templates.reading import FIELDS, MEMORY, OTHER_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.runtime.agent_templates.building import Built
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.agents import AgentConfig

OPTIONS = frozenset(option_names(AgentOptions))
ALIKE = 0.85
"""How much a key must be like an option to be taken for a misspelled one, from 0 to 1."""

NOT_OF_TEMPLATES = ("name", "description", "system_prompt", "tools", "hooks")
"""Options of agents that a template has fields for, or that only a script can give."""


def opened(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tell options of an agent from fields of a template; what is neither, nor looks like it, is a setting.

    Gives the template's table, with such options below `base_config`, and the hooks beside.
    """
    table: dict[str, Any] = {}
    options: dict[str, Any] = {}
    only_scripts: dict[str, Any] = {}
    for key, value in given.items():
        name = snake(str(key))
        if OTHER_NAMES.get(name, name) in FIELDS or name == MEMORY:
            table[key] = value
        elif name == "hooks":
            only_scripts[name] = value
        elif name in OPTIONS or nearest(name, OPTIONS, alike=ALIKE):
            options[name] = value
        else:
            table[key] = value
    if options:
        key = next((one for one in table if OTHER_NAMES.get(snake(one), snake(one)) == "base_config"), "base_config")
        table[key] = {**_snaked(table.get(key) or {}), **options}
    return table, only_scripts


def _snaked(table: Mapping[str, Any]) -> dict[str, Any]:
    return {snake(str(key)): value for key, value in table.items()}


def option_faults(template: AgentTemplate) -> Sequence[tuple[tuple[str | int, ...], str]]:
    """Say what is wrong with the options of agents below `base_config`."""
    found: list[tuple[str, str]] = []
    _converter()(dict(template.base_config), "", "s", found)
    wrong = [(("base_config", *path.split(".")), message) for path, message in found]
    misplaced = [name for name in template.base_config if snake(name) in NOT_OF_TEMPLATES]
    return [*wrong, *((("base_config", name), "stands on top of a template, or belongs to none") for name in misplaced)]


def agent_options(built: Built, name: str, unit: str = "s", **more: Any) -> AgentOptions:
    """Give the options of an agent made of a template; `unit` is that of a bare duration.

    Raises `AgentConfigError` with every fault.
    """
    faults: list[tuple[str, str]] = []
    given = {
        **built.template.base_config,
        "name": name,
        "description": built.template.description,
        "system_prompt": built.prompt,
        "tools": list(built.tools),
        **more,
    }
    options: AgentOptions | None = _converter()(given, "", unit, faults)
    if options is None or faults:
        listed = "; ".join(f"base_config.{path} {message}" for path, message in faults)
        message = f"template {built.template.name!r} makes no agent: {listed}"
        raise AgentConfigError(
            message, context={"faults": [{"path": f"base_config.{path}", "message": why} for path, why in faults]}
        )
    return options


@cache
def _converter() -> Converter:
    return converter(AgentOptions, vocabulary(Agents))


def agent_config_of(built: Built, name: str, provider: str | None = None, **more: Any) -> AgentConfig:
    """Give the configuration of an agent of a template, for a program; `more` are options that count before its own.

    `provider` is the one that is asked when nobody names a provider or a model.
    """
    options = agent_options(built, name, **more)
    tools = tuple(tool for tool in options.tools if isinstance(tool, str))
    config = agent_config(options, name, tools, provider)
    if options.memory is not None:
        config = config.replace(memory=memory_options(options.memory, name))
    return config.replace(settings={key: value for key in KEYS if (value := getattr(options, key)) is not None})
