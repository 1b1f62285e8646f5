"""Configurations with faults: every one is told at once, by its key, before anything is done with the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ConfigError, ExitCode
from llmspell.services.config import Config
from tests.security.probe import Area, cases_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.security.probe import Case, Stage


async def read(case: Case, stage: Stage) -> str | None:
    """Read one configuration and compare the keys that are told with those that are wrong."""
    ctx = await stage.once("context", lambda stage: stage.context())
    folder = stage.fresh()
    data = case.data
    text = data.get("text", "") + "[" * data.get("deep", 0) + "]" * data.get("deep", 0)
    (folder / "llmspell.toml").write_bytes(bytes.fromhex(data["bytes"]) if "bytes" in data else text.encode())
    environment = dict(data.get("variables", {}))
    config, faults = Config.read(environment=environment, working=folder, user_folder=folder)
    told = [*faults, *config.faults(ctx.app.catalog)]
    keys = {path for path, _ in told}
    missing = [key for key in data["faults"] if not any(_tells(path, key, folder) for path in keys)]
    if missing:
        return f"nothing is said of {missing}, only {told}"
    if empty := [path for path, sentence in told if not sentence.strip()]:
        return f"nothing is said about {empty}"
    return _raises(environment, folder, ctx.app.catalog)


def _tells(path: str, key: str, folder: Path) -> bool:
    """Tell whether a fault is about a key, or about one within the section that is meant."""
    return (
        path == key
        or path.startswith((f"{key}.", f"{key}["))
        or (not key and ("llmspell.toml" in path or str(folder) in path))
    )


def _raises(environment: dict[str, str], folder: Path, catalog: object) -> str | None:
    try:
        Config.load(environment=environment, working=folder, user_folder=folder).validate(catalog)  # type: ignore[arg-type]  # the application's
    except ConfigError as error:
        return None if error.exit_code == ExitCode.CONFIG and error.faults else f"an error without faults: {error!r}"
    return "it was taken"


AREA = Area(
    "config_faults",
    promise="G9",
    title="Faults of configurations",
    how="each file or set of variables is read and checked with the sections of all installed plugins; every fault "
    "must be told by its key, in one typed error",
    load=lambda: cases_of("config_faults.toml"),
    try_=read,
    sample=100,
)
