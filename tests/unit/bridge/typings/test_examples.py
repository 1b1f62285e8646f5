"""The example spells have no fault in the eyes of an editor."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

from llmspell.bridge.typings import typescript
from tests.integration.documents import samples
from tests.unit.bridge.typings.checkers import PAGE, ROOT, mypy, needs_tsc, stubs_of, tsc, write

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.bridge.typings.surface import Surface

SPELLS = ROOT / "contrib/spells"
UNTYPED = ("--allow-untyped-defs", "--allow-incomplete-defs", "--allow-untyped-calls")
"""What a spell may leave out: the types of its own functions. `main` below is checked all the same."""


@needs_tsc
def test_typescript_takes_the_examples(api: Surface, tmp_path: Path) -> None:
    for path in [*SPELLS.rglob("*.js"), *SPELLS.rglob("*.ts")]:
        (tmp_path / path.relative_to(SPELLS)).parent.mkdir(exist_ok=True)
        shutil.copy(path, tmp_path / path.relative_to(SPELLS))
    write(tmp_path, {"llmspell.d.ts": typescript.render(api)})
    told = tsc(tmp_path, javascript=True).splitlines()
    assert [line for line in told if "error TS1108: A 'return' statement" not in line] == []


def test_mypy_takes_the_examples(api: Surface, tmp_path: Path) -> None:
    write(tmp_path, stubs_of(api))
    names = [str(path.relative_to(SPELLS)) for path in sorted(SPELLS.rglob("*.py"))]
    write(tmp_path, {name: as_function((SPELLS / name).read_text(encoding="utf-8")) for name in names})
    assert len(names) > 8
    assert [
        fault for name in names for fault in mypy(tmp_path, name, flags=UNTYPED).splitlines() if "error" in fault
    ] == []


def test_mypy_takes_the_spell_of_the_page(api: Surface, tmp_path: Path) -> None:
    (shown,) = (one.text for one in samples(PAGE) if one.language == "python")
    write(tmp_path, {**stubs_of(api), "spell.py": shown})
    assert mypy(tmp_path, "spell.py") == "Success: no issues found in 1 source file\n"


def as_function(source: str) -> str:
    """Put a spell into an async function: mypy has a switch for `await` at the top, and none for `async for`."""
    head = "async def main() -> None: ..."
    tree = ast.parse(head)
    function = tree.body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    function.body = ast.parse(source).body
    return ast.unparse(tree)
