"""Build distributions as a release would, and try each alone beside the kernel in a fresh environment."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tarfile
import tempfile
import tomllib
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple
from xml.etree import ElementTree as ET

from tests.proof.distributions import KERNEL, distributions
from tests.proof.shell import ROOT, attempt, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.proof.distributions import Distribution

CONSTRAINTS = ROOT / "requirements/constraints.txt"
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
LONGEST = 1800.0
"""Seconds for all tests of one distribution."""

NOT_FOR_TESTS = {"src", "PKG-INFO"}
"""What is left behind when a source distribution's files are laid out for its tests: they must find the wheel."""


class Built(NamedTuple):
    """A wheel, and the unpacked source distribution that it was built from."""

    wheel: Path
    sources: Path


class Tried(NamedTuple):
    """How the tests of a distribution went; `said` is what the run printed when it did not go well."""

    name: str
    wheel_bytes: int
    install_seconds: float
    test_seconds: float
    passed: int
    failed: int
    skipped: tuple[str, ...]
    said: str

    @property
    def well(self) -> bool:
        """Tell whether there were tests and none failed; a run that collects nothing proves nothing."""
        return not self.said


@contextmanager
def open_place() -> Iterator[Path]:
    """Give a temporary folder that others may read: some tests take the place of a user who may read little."""
    with tempfile.TemporaryDirectory(prefix="llmspell-wheels-") as name:
        place = Path(name).resolve()
        place.chmod(0o755)
        yield place


def build(one: Distribution, out: Path) -> Built:
    """Build the source distribution, unpack it elsewhere, and build the wheel from that: so it is complete."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", out, cwd=one.folder)
    (archive,) = out.glob(f"{one.package}-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 brought it, 3.14 needs no word
        packed.extractall(out)
    sources = out / archive.name.removesuffix(".tar.gz")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=sources)
    (wheel,) = out.glob(f"{one.package}-*.whl")
    return Built(wheel, sources)


def fresh_environment(folder: Path, *wanted: str | Path, pip: bool = False) -> Path:
    """Make an environment with the wanted packages and give the folder of its programs; uv when it is there."""
    uv = None if pip else shutil.which("uv")
    scripts = folder / SCRIPTS
    python = scripts / "python"
    if uv:
        run(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, folder, cwd=folder.parent)
        installer: tuple[str | Path, ...] = (uv, "pip", "install", "--quiet", "--python", python)
    else:
        run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
        installer = (python, "-m", "pip", "--disable-pip-version-check", "install", "-qq")
    run(*installer, "-c", CONSTRAINTS, *wanted, cwd=folder.parent)
    return scripts


def try_alone(name: str, built: dict[str, Built], folder: Path, *, pip: bool = False) -> Tried:
    """Install the kernel and one distribution, and run its tests there, far from the checkout."""
    folder.mkdir(parents=True)
    kernel, own = built[KERNEL].wheel, built[name].wheel
    wanted = [f"{KERNEL}[testing] @ {kernel.as_uri()}", f"pytest-timeout=={version('pytest-timeout')}"]
    wanted += [] if name == KERNEL else [f"{name} @ {own.as_uri()}"]
    begin = monotonic()
    scripts = fresh_environment(folder / "env", *wanted, pip=pip)
    installed = monotonic()
    place = folder / "tests"
    lay_out(name, built[name].sources, place)
    done = attempt(
        scripts / "python", "-m", "pytest", "-q", "-p", "llmspell.testing.plugin", "--junitxml=../report.xml",
        cwd=place, timeout=LONGEST,
    )  # fmt: skip
    tested = monotonic()
    passed, failed, skipped = counts(folder / "report.xml")
    astray = _astray(scripts, distributions()[name], folder)
    said = "" if done.returncode == 0 and passed and not failed and not astray else f"{done.stdout}{done.stderr}"
    said = f"{said}\n{astray}" if astray else said
    return Tried(name, own.stat().st_size, installed - begin, tested - installed, passed, failed, skipped, said)


def lay_out(name: str, sources: Path, place: Path) -> None:
    """Copy what the tests need without the package itself, and give them the settings of the repository."""
    if name == KERNEL:  # its own tests need the repository; these need nothing but the wheel
        place.mkdir()
        shutil.copy(ROOT / "tests/proof/kernel_alone.py", place / "test_kernel_alone.py")
    else:
        shutil.copytree(sources, place, ignore=lambda _, names: NOT_FOR_TESTS.intersection(names))
    (place / "pytest.ini").write_text(settings(), encoding="utf-8")


def settings() -> str:
    """Write the pytest settings of the repository as `pytest.ini`, without what speaks of the repository's folders."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    lines = ["[pytest]"]
    for key, value in options.items():
        if key == "addopts":
            lines.append(f"addopts = {shlex.join(value)}")
        elif key not in {"testpaths", "pythonpath"}:
            lines.append(f"{key} =")
            lines += [f"    {one}" for one in (value if isinstance(value, list) else [value])]
    return "\n".join(lines) + "\n"


def counts(report: Path) -> tuple[int, int, tuple[str, ...]]:
    """Read a JUnit report: how many passed, how many failed, and why others were skipped."""
    if not report.is_file():
        return 0, 0, ()
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    total, failed = (sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures"))
    failed += sum(int(suite.get("errors", 0)) for suite in suites)
    skipped = tuple(_reason(one) for suite in suites for one in suite.iter("skipped"))
    return total - failed - len(skipped), failed, skipped


def _reason(skipped: ET.Element) -> str:
    """Say why a test was skipped; a module that was skipped as a whole says it in another place."""
    message = skipped.get("message") or ""
    return (skipped.text or "").rpartition("Skipped: ")[2].rstrip("')") if message == "collection skipped" else message


def _astray(scripts: Path, one: Distribution, folder: Path) -> str:
    """Say what is wrong with the installation itself: a package from elsewhere, or a plugin that does not load."""
    where = f"import llmspell, {one.package} as own; print(llmspell.__file__, own.__file__, sep='\\n')"
    for file in run(scripts / "python", "-c", where, cwd=folder).splitlines():
        if not Path(file).is_relative_to(folder / "env"):
            return f"{file} was imported, which lies outside of the fresh environment"
    doctor = attempt(scripts / "llmspell", "plugins", "doctor", cwd=folder)
    listed = attempt(scripts / "llmspell", "plugins", "list", cwd=folder)
    if doctor.returncode or (one.name != KERNEL and one.name not in listed.stdout):
        return f"llmspell plugins doctor and list:\n{doctor.stdout}{doctor.stderr}{listed.stdout}{listed.stderr}"
    return ""
