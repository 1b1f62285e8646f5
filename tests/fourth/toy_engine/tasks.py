"""Tasks of the toy engine: generators that run until they wait."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from tests.fourth.toy_engine.objects import Waiting
from tests.fourth.toy_engine.values import RaisedError, fail

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Done = Callable[[Any, RaisedError | None], None]


class Task:
    """One thread of the script; `invoke` is the call of the kernel it belongs to."""

    def __init__(self, steps: Generator[Any, Any, Any], invoke: int, done: Done) -> None:
        self.steps = steps
        self.invoke = invoke
        self.done = done
        self.waiting: Waiting | None = None
        self.below: list[Task] = []


class Tasks:
    """Run tasks in the order in which they were woken."""

    def __init__(self) -> None:
        self.current: Task | None = None
        self._ready: deque[tuple[Task, Any, RaisedError | None]] = deque()

    def start(self, steps: Generator[Any, Any, Any], invoke: int, done: Done) -> Task:
        """Begin a task in the next turn; `done(value, error)` hears its end."""
        task = Task(steps, invoke, done)
        self._ready.append((task, None, None))
        return task

    def run(self) -> None:
        """Run until every task waits."""
        while self._ready:
            self.current, value, error = self._ready.popleft()
            self._step(self.current, value, error)
            self.current = None

    def cancel(self, task: Task) -> None:
        """Raise in a task, where it waits, that it was cancelled."""
        for one in task.below:
            self.cancel(one)
        if task.waiting is not None:
            task.waiting.drop()
            self._wake(task, task.waiting, None, fail("the call was cancelled", "cancelled"))

    def drop(self) -> None:
        """Forget what is ready."""
        self._ready.clear()

    def together(self, bodies: list[Generator[Any, Any, Any]], *, first: bool = False) -> Generator[Any, Any, Any]:
        """Run several bodies side by side; gives their values in order, or that of the first that ends.

        The first that fails is the end of all, and its error is raised.
        """
        values: dict[int, Any] = {}
        failed: list[RaisedError] = []
        owner = self.current
        over = Waiting()

        def ended(index: int) -> Done:
            def hear(value: Any, error: RaisedError | None) -> None:
                values[index] = value
                failed.extend([error] if error is not None else [])
                if first or failed or len(values) == len(bodies):
                    over.wake(None, None)

            return hear

        if owner is None or not bodies:
            return []
        ran = [self.start(steps, owner.invoke, ended(index)) for index, steps in enumerate(bodies)]
        owner.below += ran
        try:
            yield over
        finally:
            owner.below = [one for one in owner.below if one not in ran]
        for one in ran:
            self.cancel(one)
        if failed:
            raise failed[0]
        return next(iter(values.values())) if first else [values[index] for index in range(len(bodies))]

    def _wake(self, task: Task, waiting: Waiting, value: Any, error: RaisedError | None) -> None:
        if task.waiting is waiting:
            task.waiting = None
            self._ready.append((task, value, error))

    def _step(self, task: Task, value: Any, error: RaisedError | None) -> None:
        try:
            waiting: Waiting = task.steps.send(value) if error is None else task.steps.throw(error)
        except StopIteration as end:
            task.done(end.value, None)
        except RaisedError as raised:
            task.done(None, raised)
        else:
            task.waiting = waiting
            waiting.wake = lambda given, failed: self._wake(task, waiting, given, failed)
