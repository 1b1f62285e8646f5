"""The environment variables of a spell: those it was granted, and no secret."""

from __future__ import annotations

import json

import pytest

SPELLS = {
    "spell.lua": "return {ENVIRONMENT.FOO or 'none', ENVIRONMENT.MY_API_KEY or 'none', ENVIRONMENT.PATH or 'none'}",
    "spell.js": "const e = process.env; return [e.FOO ?? 'none', e.MY_API_KEY ?? 'none', e.PATH ?? 'none']",
}
GRANTS = {
    (): ["none", "none", "none"],
    ("--allow-env=FOO",): ["bar", "none", "none"],
    ("--allow-env=FOO,MY_API_KEY",): ["bar", "***", "none"],
    ("--allow-env=*", "--deny-env=FOO", "--deny-env=PATH"): ["none", "***", "none"],
}


@pytest.mark.parametrize("words", GRANTS, ids=" ".join)
@pytest.mark.parametrize("name", SPELLS)
def test_a_spell_reads_what_it_was_granted_and_no_secret(llmspell, tmp_path, name, words):
    (tmp_path / name).write_text(SPELLS[name])
    done = llmspell("run", name, "--json", *words, FOO="bar", MY_API_KEY="sk-1")
    assert (done.status, json.loads(done.out)["result"]) == (0, GRANTS[words]), done
    assert "sk-1" not in done.out + done.err
