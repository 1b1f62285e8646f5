"""The process between us and a program: it starts it, or several joined by pipes, and ends all that comes of them.

Run by a bare interpreter that imports nothing else of ours. What a program leaves behind (a daemon, whatever left its
group or its session) has this process for its parent on Linux, and is killed before it ends. It ends its programs when
it is asked to (`SIGTERM`) and when the kernel's process dies.

The request lies in a file whose descriptor is the first argument, as texts divided by NUL: how many commands, each as a
count, its file and its arguments; then how many variables, and these as `NAME=value`; then the bytes of memory that
each process may take and the seconds of processor time, of each and on Linux of all together, empty where there is no
such limit. The answer takes its place: the statuses (negative: a signal), `spent` when their time was up together, or
`!` and the number of the error that kept the program from starting. The second argument is the id of the kernel's
process.
"""

from __future__ import annotations

import os
import sys
from _signal import ITIMER_REAL, SIG_IGN, SIGALRM, SIGKILL, SIGTERM, setitimer, signal  # type: ignore[import-not-found]  # `signal` costs 5 ms more
from time import monotonic, sleep

SPENT = "spent"
TYPE_CHECKING = False  # `typing` is a tenth of this process's start

if TYPE_CHECKING:
    from collections.abc import Iterator

    Request = tuple[list[list[str]], dict[str, str], str, str]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PATIENCE = 5.0  # seconds in which everything is gone, or is no longer ours to kill
_LOOK = 0.05  # seconds from one look at the processor time to the next
_AFTER = 0.1  # seconds past the limit: a single process is stopped by its own before
_IGNORED = (13, 25)  # SIGPIPE and SIGXFSZ: by Python, and a program would inherit that


class Stop(BaseException):
    """Raised by the signal that asks us to end."""


class Spent(BaseException):
    """Raised by the clock when the programs have had their processor time."""


def _stop(*_: object) -> None:
    raise Stop


def prepare(parent: int) -> None:
    """Become the parent of orphans, hear of the kernel's death, and take no privileges."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - Linux only

        prctl = ctypes.CDLL(None).prctl
        prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        prctl(_PR_SET_PDEATHSIG, int(SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(0)  # the kernel died before we asked to hear of it
    import resource  # noqa: PLC0415 - POSIX only, like all of this file

    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        return  # a core file is no way out


def read(fd: int) -> Request:
    """Read the request."""
    os.lseek(fd, 0, os.SEEK_SET)
    with os.fdopen(os.dup(fd), "rb") as file:
        texts = iter(os.fsdecode(file.read()).split("\0"))

    def several() -> Iterator[str]:
        for _ in range(int(next(texts))):
            yield next(texts)

    commands = [list(several()) for _ in range(int(next(texts)))]
    environment = dict(one.split("=", 1) for one in several())
    return commands, environment, next(texts), next(texts)


def bound(memory: str, cpu: str) -> None:
    """Put limits on this process, which all that it starts have from it; one that is told to end gets a second more."""
    import resource  # noqa: PLC0415 - POSIX only, like all of this file

    wanted = [(resource.RLIMIT_DATA, memory, 0), (resource.RLIMIT_CPU, cpu, 1)]
    for kind, limit, more in ((kind, int(limit), more) for kind, limit, more in wanted if limit):
        most = resource.getrlimit(kind)[1]
        hard = limit + more if most == resource.RLIM_INFINITY else min(limit + more, most)
        resource.setrlimit(kind, (min(limit, hard), hard))


def start(commands: list[list[str]], environment: dict[str, str], pids: list[int]) -> None:
    """Start the programs, each in a group of its own, the output of one being the input of the next."""
    before = 0
    pipes = [os.pipe() for _ in commands[1:]]
    for number, argv in enumerate(commands):
        out = pipes[number][1] if number < len(pipes) else 1
        actions = [(os.POSIX_SPAWN_DUP2, before, 0), (os.POSIX_SPAWN_DUP2, out, 1)]
        pids.append(
            os.posix_spawn(
                argv[0], argv[1:], environment, file_actions=actions, setpgroup=0, setsigmask=[], setsigdef=_IGNORED
            )
        )
        before = pipes[number][0] if number < len(pipes) else 0
    for one in (0, *(end for pair in pipes for end in pair)):
        os.close(one)


def wait(pids: list[int]) -> list[int]:
    """Wait for the programs; orphans that end meanwhile are collected."""
    left, found = set(pids), {}
    while left:
        pid, status = os.waitpid(-1, 0)
        if pid in left:
            left.discard(pid)
            found[pid] = os.waitstatus_to_exitcode(status)
    return [found[pid] for pid in pids]


class Meter:
    """Add up the processor time of everything below this process: what lives, and what has ended.

    What a process has had is known from itself while it lives, and from its parent when that has waited for it. A
    parent need not, so what was last seen of each counts, too; the larger of both sums is the truth that we have.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], float] = {}
        self._tick = 1 / os.sysconf("SC_CLK_TCK")

    def seconds(self) -> float:
        """Give the sum so far."""
        import resource  # noqa: PLC0415 - POSIX only, like all of this file

        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        total = ended.ru_utime + ended.ru_stime
        for pid in below(os.getpid()):
            times = _times(pid)
            if times is not None:
                began, own, waited = times
                self._seen[pid, began] = own * self._tick
                total += (own + waited) * self._tick
        return max(total, sum(self._seen.values()))


def _times(pid: int) -> tuple[int, int, int] | None:
    """Give when a process began, its own time and that of the children it waited for, in ticks (proc(5), stat)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib costs 5 ms
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    user, system, waited_user, waited_system = map(int, fields[11:15])
    return int(fields[19]), user + system, waited_user + waited_system


def metered(pids: list[int], cpu: str) -> list[int]:
    """Wait for the programs, and raise `Spent` when all together have had their seconds of processor time."""
    if not cpu or sys.platform != "linux":
        return wait(pids)
    meter, most = Meter(), int(cpu)

    def look(*_: object) -> None:
        if meter.seconds() > most + _AFTER:
            raise Spent

    signal(SIGALRM, look)
    setitimer(ITIMER_REAL, _LOOK, _LOOK)
    try:
        return wait(pids)
    finally:
        setitimer(ITIMER_REAL, 0)


def sweep(pids: list[int]) -> None:
    """Kill the groups of the programs and everything below us, until there is nothing."""
    for pid in pids:
        _kill(-pid)
    end = monotonic() + _PATIENCE
    while monotonic() < end:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in below(os.getpid()):
            _kill(pid)
        sleep(0.001)


def below(pid: int) -> list[int]:
    """List the processes below one, where the system tells."""
    found: list[int] = []
    try:
        with open(f"/proc/{pid}/task/{pid}/children", "rb") as file:  # noqa: PTH123 - pathlib costs 5 ms
            children = list(map(int, file.read().split()))
    except OSError:
        return found
    for child in children:
        found += [child, *below(child)]
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, SIGKILL)
    except (ProcessLookupError, PermissionError):
        return  # gone, or another user's


def main() -> None:
    """Do what the request says and leave the answer."""
    fd, parent = int(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(fd, False)  # noqa: FBT003 - the system's signature
    pids: list[int] = []
    answer = ""
    try:
        signal(SIGTERM, _stop)
        prepare(parent)
        commands, environment, memory, cpu = read(fd)
        bound(memory, cpu)
        start(commands, environment, pids)
        answer = " ".join(map(str, metered(pids, cpu)))
    except OSError as error:
        answer = f"!{error.errno}"
    except Stop:
        answer = "stopped"
    except Spent:
        answer = SPENT
    finally:
        signal(SIGTERM, SIG_IGN)
        sweep(pids)
    os.ftruncate(fd, 0)
    os.pwrite(fd, answer.encode(), 0)


if __name__ == "__main__":
    main()
