"""Take up a durable run that was cut off: the same spell, parameters and engine, with what its log knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.bridge.durable.opening import Durability
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import ResourceUnavailableError, ScriptTimeoutError, UsageError
from llmspell.runtime.journal.reading import of_program, read
from llmspell.runtime.journal.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.runtime.app import App
    from llmspell.runtime.journal.formats import Record


async def resume_run(
    app: App,
    log: Path,
    *,
    assume: Mapping[str, str] | None = None,
    decisions: Mapping[str, Mapping[str, object]] | None = None,
    by: str = "",
    force: bool = False,
    on_print: Callable[[str], object] = print,
    options: SpellOptions | None = None,
) -> object:
    """Go on with a run from its log, and return what its spell returns.

    `decisions` are about calls that wait for a person: by the path of the place, by the id of the call, and `by` says
    who decided.
    `options` may say how long it may take from now on (without it what it was begun with goes on) and what it may use;
    everything else is as it was. Raises what `run_spell` raises, `JournalError` and its kinds for the log,
    `NonDeterminismError` when the spell or a module has changed, `UncertainOutcomeError` when nobody knows whether an
    effect happened and `assume` does not say, `UsageError` for a decision about a call that does not wait and for the
    run of a Python program, `ScriptTimeoutError` when the time of the run is over, which then goes on as it was.
    """
    known = Recorded(read(log))
    if of_program(known.header):
        message = f"run {known.header['id']} is one of a Python program, which nobody else can go on with"
        raise UsageError(message, suggestions=["start the program again: `durable(app, log)` goes on with its log"])
    header, now = known.header, app.services.clock.now()
    ended = known.status not in ("", "paused")  # told by whoever opens the log
    known.went_on(now)
    path = None if header["file"] is None else Path(header["folder"], header["file"])
    given = options or SpellOptions()
    options = given._replace(
        engine=header["engine"],
        isolation=header["isolation"],
        params=cast("Mapping[str, object]", known.value(header["params"])),
        seconds=given.seconds or (None if ended else _left(header, now - known.stood)),
        durable=Durability(
            sync=header["sync"], resume=log, assume=assume or {}, decisions=decisions or {}, by=by, force=force
        ),
    )
    return await run_spell(app, path=path, source=_source(header, path), options=options, on_print=on_print)


def _left(header: Record, now: float) -> float | None:
    """Give the seconds that a run with a limit has left since it was begun; pauses are no time.

    Raises `ScriptTimeoutError` when none is left.
    """
    seconds = header.get("seconds")
    if seconds is None:
        return None
    left = float(header["t"] + seconds - now)
    if left <= 0:
        message = f"run {header['id']} might take {seconds:g} s from its beginning, and they are over"
        raise ScriptTimeoutError(message, suggestions=["give it more with --timeout, counted from now"])
    return left


def _source(header: Record, path: Path | None) -> str:
    """Give the text of the spell as it is now; the one in the log when it came from no file, or its file is gone."""
    if path is None or not path.exists():
        return str(header["source"])
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name} of run {header['id']} cannot be read: {error}"
        raise ResourceUnavailableError(message) from error
