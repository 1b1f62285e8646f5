"""Copies of state: the document that an export is, and which keys go along in a handoff."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from llmspell.errors import ValidationError
from llmspell.services.state_records import encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.spec.states import Entry, StateFilter

FORMAT: Final = {"format": "llmspell-state", "version": 1}


def document(scope: str, entries: Iterable[Entry]) -> dict[str, Any]:
    """Write entries as a document: `{format, version, scope, entries = [{key, value, version, updated}]}`."""
    listed = [{"key": one.key, "value": one.value, "version": one.version, "updated": one.updated} for one in entries]
    return {**FORMAT, "scope": scope, "entries": listed}


def values_of(given: Mapping[str, Any]) -> dict[str, bytes]:
    """Read a document: the value of each key as JSON; raises `ValidationError` with every fault, before any is used."""
    if given.get("format") != FORMAT["format"]:
        raise ValidationError("this is no exported state", suggestions=["pass what State.export gave"])
    if given.get("version") != FORMAT["version"]:
        raise ValidationError(
            f"the export has format version {given.get('version')!r}, this release reads {FORMAT['version']}",
            suggestions=["use the release that wrote it, or a later one"],
        )
    entries = given.get("entries")
    if isinstance(entries, dict) and not entries:
        entries = []  # an empty table of Lua is a map
    if not isinstance(entries, list):
        raise ValidationError("the export has no list of entries")
    found: dict[str, bytes] = {}
    faults = []
    for number, one in enumerate(entries):
        key = one.get("key") if isinstance(one, dict) else None
        if not isinstance(key, str) or not key:
            faults.append({"path": f"entries.{number}.key", "message": "must be text"})
        elif key in found:
            faults.append({"path": f"entries.{number}.key", "message": f"{key!r} is there twice"})
        else:
            found[key] = encode(key, one.get("value"))  # a null is absent in Lua
    if faults:
        told = "; ".join(f"{fault['path']} {fault['message']}" for fault in faults)
        raise ValidationError(f"the export has faults: {told}", context={"faults": faults})
    return found


def chosen(key: str, wanted: StateFilter) -> bool:
    """Tell whether a filter lets a key through."""
    return any(fnmatchcase(key, one) for one in wanted.include) and not any(
        fnmatchcase(key, one) for one in wanted.exclude
    )
