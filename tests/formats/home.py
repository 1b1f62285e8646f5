"""A home in which command lines keep something of every kind: stores, plain and encrypted, secrets, logs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

SPELLS: Final = Path(__file__).with_name("spells")
STEM: Final = "kept"
"""The name of every spell: what one keeps is its own."""

MODEL: Final = ".model.json"
PATIENCE: Final = 60.0
PLAIN: Final = """
[storage]
backend = "sqlite"
path = "./kept"

[secrets.file]
path = "./secrets"
password_file = "./password"

[audit]
enabled = true
path = "./audit.jsonl"
anchor = "./audit.anchor"
signing_key = "${AUDIT_KEY}"
"""
ENCRYPTED: Final = """
[storage.encryption]
password = "${STORAGE_PASSWORD}"
anchor = "./store.anchor"
"""
CONFIGS: Final = {"plain": PLAIN, "encrypted": PLAIN + ENCRYPTED}
SECRETS: Final = {"STORAGE_PASSWORD": "correct horse", "AUDIT_KEY": "0123456789abcdef" * 2}
PASSWORD: Final = "open sesame\n"


class Home:
    """A folder with a configuration, in which this release runs as a program of its own."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "llmspell.toml").write_text(CONFIGS[kind], encoding="utf-8")
        password = folder / "password"
        password.write_text(PASSWORD, encoding="utf-8")
        password.chmod(0o600)

    def cast(self, name: str, *words: str) -> Any:
        """Run one of the spells and give its value."""
        spell = SPELLS / name
        here = self.folder / f"{STEM}{spell.suffix}"
        shutil.copy(spell, here)
        shutil.copy(spell.with_suffix(MODEL), here.with_suffix(MODEL))
        return self.ask("run", here.name, *words)["result"]

    def ask(self, *words: str) -> Any:
        """Run a verb and give the document that it prints."""
        return json.loads(self.say(*words, "--json"))

    def say(self, *words: str, typed: str = "") -> str:
        """Run a verb and give what it prints; raises `AssertionError` when it fails."""
        variables = {f"LLMSPELL_{name}_DIR": str(self.folder / "user" / name.lower()) for name in ("DATA", "CONFIG")}
        done = subprocess.run(
            [sys.executable, "-m", "llmspell", *words],
            cwd=self.folder,
            env={**os.environ, **variables, **SECRETS, "HOME": str(self.folder / "user")},
            input=typed,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr or done.stdout}")
        return done.stdout
