"""Find templates: those of the user's folder, then those of plugins; whoever asks may have some before them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AgentConfigError, LlmspellError, ResourceUnavailableError
from llmspell.kernel.catalog_errors import not_found
from llmspell.runtime.agent_templates.building import build
from llmspell.runtime.agent_templates.reading import MAX_SIZE, from_table, from_toml
from llmspell.runtime.agent_templates.template import derived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from llmspell.runtime.agent_templates.building import Built
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.app import App
    from llmspell.spec import Component

KIND = "agent_template"
FOLDER = "templates"
"""Folder of what `llmspell template install` keeps, below the user's data."""

Own = Mapping[str, "AgentTemplate"]
NOBODY: Own = {}


class Entry(NamedTuple):
    """One template of a list: what it says, whole, or why it cannot be used."""

    name: str
    source: str
    template: AgentTemplate | None
    error: LlmspellError | None


class AgentTemplates:
    """Know the templates of an application; nothing is read before it is asked for.

    `own` are templates that only the caller sees, by name: those that a spell has defined. They come first, then those
    of the user's folder, then those of plugins, so that the nearer one counts where names are the same.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._read: dict[int, AgentTemplate] = {}

    @property
    def folder(self) -> Path:
        """Give the user's folder of templates, which need not be there."""
        return self._app.services.paths.data / FOLDER

    def get(self, ref: str, own: Own = NOBODY) -> AgentTemplate:
        """Give a template by name, alias or `plugin:name` as it was written, without what it has of its base.

        Raises `ComponentNotFoundError` with the nearest names, `AgentConfigError` for one that is wrong.
        """
        found = _by_name(own, ref) or self._of_user(ref)
        if found is not None:
            return found
        component = next((one for one in self._components() if ref in _names(one)), None)
        if component is None:
            installed = (name for one in self._components() for name in (one.name, *one.aliases))
            known = [*_known(own.values()), *self._user_names(), *installed]
            raise not_found(KIND, ref, known, self._app.loader.unavailable(f"{KIND}s"))
        return self._of_plugin(self._app.catalog.get(KIND, ref))

    def whole(self, template: str | AgentTemplate, own: Own = NOBODY) -> AgentTemplate:
        """Give a template with all that it has of those it is derived from.

        Raises `AgentConfigError` for one that extends itself over others.
        """
        chain = [self.get(template, own) if isinstance(template, str) else template]
        while chain[-1].extends:
            base = self.get(chain[-1].extends, own)
            if any(base.name == one.name and base.source == one.source for one in chain):
                names = " -> ".join(one.name for one in (*chain, base))
                message = f"template {chain[0].name!r} extends itself: {names}"
                raise AgentConfigError(message, suggestions=["take `extends` out of one of them"])
            chain.append(base)
        made: AgentTemplate | None = None
        for one in reversed(chain):
            made = derived(made, one)
        assert made is not None  # noqa: S101 - the chain has at least one
        return made

    def entries(self, own: Own = NOBODY) -> list[Entry]:
        """List all templates by name, whole; one that is wrong has its error in place of the template."""
        names = {one.name: one.source for one in own.values()}
        for name in self._user_names():
            names.setdefault(name, str(self.folder))
        for component in self._components():
            names.setdefault(component.name, component.dist or component.plugin)
        return [self._entry(name, source, own) for name, source in sorted(names.items())]

    def _entry(self, name: str, source: str, own: Own) -> Entry:
        try:
            return Entry(name, source, self.whole(name, own), None)
        except LlmspellError as error:
            return Entry(name, source, None, error)

    def find(self, capabilities: Iterable[str] = (), text: str = "", own: Own = NOBODY) -> list[AgentTemplate]:
        """Give the templates that can do all of this and have a text in name, alias or description, by name."""
        wanted, words = set(capabilities), text.casefold()
        return [
            one.template
            for one in self.entries(own)
            if one.template is not None
            and wanted <= set(one.template.capabilities)
            and (not words or any(words in said.casefold() for said in _said(one.template)))
        ]

    def build(self, template: AgentTemplate, *, owner: str | None = None, name: str = "") -> Built:
        """Look the tools of a whole template up and write its prompt; see `building.build`."""
        return build(template, self._app.catalog, self._app.services.templates, owner=owner, name=name)

    # -- where they lie ------------------------------------------------------------------------------------------------

    def _components(self) -> list[Component]:
        return self._app.catalog.list(KIND)

    def _of_plugin(self, component: Component) -> AgentTemplate:
        known = self._read.get(id(component))
        if known is None:
            target, source = self._app.catalog.resolve(component), component.dist or component.plugin
            if isinstance(target, Mapping):
                known = from_table(target, source=source)
            else:
                known = from_toml(str(target), f"{component.name}.toml of {source}").named(source=source)
            self._read[id(component)] = known
        return known

    def _user_names(self) -> Iterator[str]:
        if self.folder.is_dir():
            yield from sorted(path.stem for path in self.folder.glob("*.toml"))

    def _of_user(self, ref: str) -> AgentTemplate | None:
        names = list(self._user_names())
        if ref in names:
            return self._from_file(ref)
        for name in names:
            with suppress(LlmspellError):  # one that is wrong stands in nobody's way; `entries` tells of it
                found = self._from_file(name)
                if ref in found.aliases:
                    return found
        return None

    def _from_file(self, name: str) -> AgentTemplate:
        path = self.folder / f"{name}.toml"
        return from_toml(text_of(path), str(path)).named(source=str(self.folder))


def text_of(path: Path) -> str:
    """Read the file of a template; raises `ResourceUnavailableError` for one that is missing, too large or no text."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_SIZE + 1)
    except OSError as error:
        message = f"the template {path} cannot be read: {error.strerror}"
        raise ResourceUnavailableError(message, context={"path": str(path)}) from error
    if len(data) > MAX_SIZE:
        message = f"{path} is larger than a template may be ({MAX_SIZE} bytes)"
        raise ResourceUnavailableError(message)
    return decoded(data, str(path))


def decoded(data: bytes, source: str) -> str:
    """Give the text of a template; raises `ResourceUnavailableError` for what is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"the template {source} is not UTF-8 text (byte {error.start})"
        raise ResourceUnavailableError(message, context={"path": source}) from error


def _by_name(own: Own, ref: str) -> AgentTemplate | None:
    return own.get(ref) or next((one for one in own.values() if ref in one.aliases), None)


def _known(templates: Iterable[AgentTemplate]) -> Iterator[str]:
    for one in templates:
        yield from (one.name, *one.aliases)


def _names(component: Component) -> tuple[str, ...]:
    names = (component.name, *component.aliases)
    return (*names, *(f"{component.plugin}:{name}" for name in names))


def _said(template: AgentTemplate) -> tuple[str, ...]:
    return (template.name, *template.aliases, template.description)
