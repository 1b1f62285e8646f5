"""Write a commented configuration from the classes of its sections: every key, what it means, its default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.services.config_keys import Section, keys_of
from llmspell.services.config_schema import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD = """\
# Configuration of llmspell. Every key is shown with its default; take the # away to change it.
# Values may hold ${VAR} and ${VAR:-default}; LLMSPELL_SECTION__KEY in the environment beats this file.
# Durations are texts with a unit ("500ms", "1h30m") or seconds; sizes are texts ("10MB") or bytes.
"""


def render_template(sections: Mapping[str, type] | None = None) -> str:
    """Give the text of a new `llmspell.toml`; `sections` maps paths to the classes of components' sections."""
    blocks = [_HEAD]
    for path, cls in sorted({**SECTIONS, **(sections or {})}.items()):
        section = Section(path, cls)
        head = [f"# {section.title}"] * bool(section.title)
        blocks.append("\n".join([*head, f"[{path}]", *_lines(section)]) + "\n")
    return "\n".join(blocks)


def _lines(section: Section) -> Iterator[str]:
    for key in keys_of(section):
        yield f"# {key.meaning}".rstrip() + f" ({key.kind})"
        if key.default is None:
            yield f"# {key.name} =  # {'needed' if key.needed else 'not set'}"
        else:
            yield f"# {key.name} = {toml_text(key.default)}"


def toml_text(value: object) -> str:
    """Write a value as TOML 1.0; JSON's texts and numbers are TOML's, but for DEL and escapes in pairs."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(str(k))} = {toml_text(v)}' for k, v in value.items())}}}"
    text = json.dumps(str(value) if isinstance(value, Path) else value, ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
