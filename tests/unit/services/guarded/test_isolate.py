# What the system does is asked for in the system's words.

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from llmspell.errors import (
    ResourceExhaustedError,
    ResourceUnavailableError,
    ToolExecutionError,
    ToolTimeoutError,
    ValidationError,
)
from llmspell.services.isolate import IsolateLimits, isolate
from llmspell.spec.engine_landlock import landlock_version

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits are POSIX's")


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


async def test_it_gives_the_result() -> None:
    assert await isolate("isolated_work:double", [1, "é", None]) == [1, "é", None] * 2


async def test_the_child_is_another_process_without_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    about = await isolate("isolated_work:about", None)
    assert isinstance(about, dict)
    assert {"LC_CTYPE"} | set(about["env"]) == {"HOME", "LANG", "LC_CTYPE", "PATH", "TMPDIR"}
    assert about["flags"] == 1
    assert not Path(about["cwd"]).exists()


async def test_our_errors_come_back_as_they_were() -> None:
    with pytest.raises(ResourceUnavailableError, match="no such thing") as caught:
        await isolate("isolated_work:ours", None)
    assert caught.value.suggestions == ("Look elsewhere.",)
    assert caught.value.context == {"path": "x"}


async def test_other_errors_come_back_with_their_text() -> None:
    with pytest.raises(ToolExecutionError, match="KeyError: 'oops'") as caught:
        await isolate("isolated_work:theirs", None)
    assert "isolated_work.py" in str(caught.value.context["trace"])


@pytest.mark.parametrize("target", ["isolated_work:missing", "no_such_module:f"])
async def test_a_target_that_is_not_there(target: str) -> None:
    with pytest.raises(ToolExecutionError, match=r"missing|no_such_module"):
        await isolate(target, None)


async def test_what_is_not_json() -> None:
    with pytest.raises(ToolExecutionError, match="the result is not JSON"):
        await isolate("isolated_work:no_json", None)
    for data in (float("nan"), {1, 2}):
        with pytest.raises(ValidationError, match="not JSON"):
            await isolate("isolated_work:double", data)
    with pytest.raises(ValidationError, match=r"package\.module:function"):
        await isolate("os.system", "ls")


async def test_memory_is_limited() -> None:
    with pytest.raises(ResourceExhaustedError, match="memory"):
        await isolate("isolated_work:hungry", None)


async def test_processor_time_is_limited() -> None:
    with pytest.raises(ToolTimeoutError, match="1 seconds of processor time"):
        await isolate("isolated_work:spin", None, IsolateLimits(cpu=1))


async def test_the_clock_is_limited() -> None:
    with pytest.raises(ToolTimeoutError, match=r"within 0\.3 seconds"):
        await isolate("isolated_work:wait", None, IsolateLimits(wall=0.3))


async def test_the_answer_is_limited() -> None:
    with pytest.raises(ResourceExhaustedError, match="more than 1000 bytes"):
        await isolate("isolated_work:loud", None, IsolateLimits(output=1000))


async def test_a_crash_is_an_error() -> None:
    with pytest.raises(ToolExecutionError, match="SIGSEGV"):
        await isolate("isolated_work:crash", None)
    with pytest.raises(ToolExecutionError, match="status 7: giving up"):
        await isolate("isolated_work:leave", None)


@pytest.mark.skipif(not landlock_version(), reason="Landlock is Linux's, and not in every kernel")
@pytest.mark.parametrize("what", ["read", "write", "connect", "fork"])
async def test_the_walls_of_an_engine_stand_around_it(what: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    assert await isolate("isolated_work:reach", [what, str(tmp_path / "secret")]) in {"EACCES", "EPERM"}
    assert (tmp_path / "secret").read_text() == "canary"


async def test_several_at_once() -> None:
    done = await asyncio.gather(*(isolate("isolated_work:double", [n]) for n in range(4)))
    assert done == [[n, n] for n in range(4)]
