"""Run spells of several files."""

from __future__ import annotations

import json

import pytest


@pytest.fixture(params=["process", "inline"])
def cast_files(request, llmspell, tmp_path):
    """Write files, run the first and give its result, or its error when it must fail."""

    def run(files: dict[str, str], *words: str, status: int = 0):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        done = llmspell("run", next(iter(files)), "--isolation", request.param, "--json", *words)
        assert done.status == status, done
        told = json.loads(done.out)
        return told["error"] if status else told["result"]

    run.shown = lambda name: llmspell("run", name, "--isolation", request.param, "--verbose").err  # type: ignore[attr-defined]  # a function with another beside it
    run.isolation = request.param  # type: ignore[attr-defined]  # likewise
    return run
