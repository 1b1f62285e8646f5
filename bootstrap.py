"""Create the development environment `.venv` with nothing but the standard library.

Installs the hash-pinned `requirements/dev.lock` with uv when it is on the PATH and with pip otherwise (`--pip`: always
with pip), then the kernel and every plugin of `plugins/` in editable mode. A stamp makes the next call a comparison of
digests. Exit status: 0 ready, 1 this Python is too old or an installer failed (the message says what to do).
"""

from __future__ import annotations

import os
import sys

OLDEST = (3, 11)
if sys.version_info < OLDEST:
    sys.exit(
        "bootstrap: llmspell needs Python 3.11 or newer, this is {}.{} ({}).\n"
        "           Install a newer one and name it: make PYTHON=python3.12".format(
            *sys.version_info[:2], sys.executable
        )
    )

import hashlib
import json
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "dev.lock"
STAMP = VENV / "llmspell-stamp.json"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
INTERPRETER = BIN / ("python.exe" if os.name == "nt" else "python")
PIP = (str(INTERPRETER), "-m", "pip", "--disable-pip-version-check", "install", "-qq")


def distributions() -> list[Path]:
    """Return the folder of the kernel, then those of the plugins by name."""
    return [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def digest(*parts: bytes) -> str:
    """Return the SHA-256 of the parts, each with its length so that no two lists of parts look alike."""
    total = hashlib.sha256()
    for part in parts:
        total.update(b"%d:" % len(part))
        total.update(part)
    return total.hexdigest()


def wanted_stamp() -> dict[str, str]:
    """Describe the environment that these files ask for.

    `base` changes when packages, the interpreter, the place or the list of plugins change, and asks for a fresh
    environment; `dists` changes when a distribution's own description does, and asks only for new editable installs.
    """
    dists = distributions()
    names = [str(path.relative_to(ROOT)) for path in dists]
    place = "\n".join([sys.version, sys.base_prefix, str(ROOT), *names])
    base = digest(LOCK.read_bytes(), place.encode())
    return {"base": base, "dists": digest(*((path / "pyproject.toml").read_bytes() for path in dists))}


def present_stamp() -> dict[str, str]:
    """Return the stamp of the environment that is there, empty when there is none or it cannot run."""
    if not os.access(INTERPRETER, os.X_OK):
        return {}
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # an installation that was cut short left no stamp: start afresh
    return found if isinstance(found, dict) else {}


def run(*command: str) -> None:
    """Run an installer and stop with its exit status when it fails."""
    import subprocess  # noqa: PLC0415 - the call that finds everything in place does not pay for it

    # A PYTHONPATH or a forced user install of the caller would reach into the new environment.
    foreign = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    environment = {key: value for key, value in os.environ.items() if key not in foreign}
    environment["PIP_USER"] = "0"
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode:
        sys.exit(f"bootstrap: this command failed with status {done.returncode}:\n           {' '.join(command)}")


def create(uv: str | None) -> None:
    """Lay a fresh environment with the locked packages."""
    if uv:
        run(uv, "venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, str(VENV))
        run(uv, "pip", "install", "--quiet", "--python", str(INTERPRETER), "--require-hashes", "-r", str(LOCK))
        return
    from importlib.util import find_spec  # noqa: PLC0415 - as above

    if find_spec("venv") is None or find_spec("ensurepip") is None:
        sys.exit(
            f"bootstrap: {sys.executable} comes without the venv and ensurepip modules.\n"
            "           On Debian and Ubuntu: apt-get install python3-venv. Elsewhere: install uv, or another Python."
        )
    run(sys.executable, "-m", "venv", "--clear", str(VENV))
    run(*PIP, "--require-hashes", "-r", str(LOCK))


def install_editable(uv: str | None) -> None:
    """Install the kernel and the plugins in place; the build tools are in the lock, so nothing is fetched."""
    if uv is None and not list(VENV.glob("[Ll]ib*/**/site-packages/pip")):
        run(str(INTERPRETER), "-m", "ensurepip")  # an environment that uv made has no pip, and uv may be gone
    installer = (uv, "pip", "install", "--quiet", "--python", str(INTERPRETER)) if uv else PIP
    editable = [argument for path in distributions() for argument in ("-e", str(path))]
    run(*installer, "--no-deps", "--no-build-isolation", "--no-index", *editable)


def main() -> None:
    """Bring the environment to what the files ask for, doing as little as possible."""
    wanted, present = wanted_stamp(), present_stamp()
    if wanted == present:
        return
    uv = None if "--pip" in sys.argv[1:] else shutil.which("uv")
    print(f"bootstrap: preparing .venv with {'uv' if uv else 'pip'} (Python {sys.version.split()[0]})", file=sys.stderr)
    if wanted["base"] != present.get("base"):
        create(uv)
    STAMP.unlink(missing_ok=True)
    install_editable(uv)
    STAMP.write_text(json.dumps(wanted), encoding="utf-8")


if __name__ == "__main__":
    main()
