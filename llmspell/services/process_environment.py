"""What programs are started with: fixed variables, those of their grammars, and the few that a caller may set."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Final

from llmspell.errors import PermissionDeniedError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.services.process_grammar import Grammar

SETTABLE: Final = frozenset({"CI", "COLUMNS", "LANG", "LANGUAGE", "LINES", "NO_COLOR", "TERM", "TZ"})
"""What a caller may set for any program, and `LC_*`: how it speaks and what time it is."""

_HARMLESS: Final = re.compile(r"(?![/:])(?!.*\.\.)[\w.,:+@/ -]{0,128}", re.ASCII)
"""Values of these: the C library takes a zone or a language that is a path for a file to load."""

_FREE: Final = re.compile(r"[^\0]*", re.DOTALL)


def environment(
    grammars: Sequence[Grammar], more: Mapping[str, str], folders: Sequence[str], *, home: str, above: str, who: str
) -> dict[str, str]:
    """Give the whole environment; raises `PermissionDeniedError` for a variable that may not be set."""
    fixed = {"PATH": os.pathsep.join(folders), "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
    if sys.platform == "win32":
        fixed["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", r"C:\Windows")
    own = {name for grammar in grammars for name in grammar.variables}
    for name, value in more.items():
        _check(name, value, own, who)
    described = {name: value.replace("{above}", above) for one in grammars for name, value in one.environment.items()}
    return {**fixed, **more, **described}


def _check(name: str, value: str, own: set[str], who: str) -> None:
    if not name or "=" in name or "\0" in name + value:
        raise ValidationError(f"{name!r} cannot be set in an environment")
    common = name in SETTABLE or name.startswith("LC_")
    if name not in own and not common:
        raise PermissionDeniedError(
            f"{who or 'this component'} may not set {name}: variables decide what programs load and run",
            suggestions=[f"Leave {name} out, or name it in `variables` of the program's grammar."],
            context={"right": "process.exec", "target": name},
        )
    if not (_HARMLESS if common else _FREE).fullmatch(value):
        raise PermissionDeniedError(
            f"{who or 'this component'} may not set {name} to {value[:60]!r}",
            suggestions=["Give the name of a language, a zone or a terminal."],
            context={"right": "process.exec", "target": name},
        )
