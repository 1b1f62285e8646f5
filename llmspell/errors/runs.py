"""Errors of durable runs and their journals."""

from __future__ import annotations

from llmspell.errors.components import WorkflowError
from llmspell.errors.root import ExitCode


class RunCancelledError(WorkflowError):
    """Say that a durable run was ended by somebody else: `llmspell runs cancel`."""

    code = 3112
    type = "run_cancelled"


class RunPausedError(WorkflowError):
    """Say that a durable run waits for a person and for nothing else; it goes on where it is once that one decided.

    `context` has the `run`, its `log`, and in `waits` the calls: `path`, `agent`, `id`, `tool`, `arguments`, `why`,
    `expires`, and `digest` where exactly these bytes must be approved.
    """

    code = 3113
    type = "run_paused"
    exit_code = ExitCode.PAUSED


class UncertainOutcomeError(WorkflowError):
    """Say that an effect was begun and nobody knows whether it happened."""

    code = 3101
    type = "uncertain_outcome"


class NonDeterminismError(WorkflowError):
    """Say that a resumed spell asked for another call than the one recorded."""

    code = 3102
    type = "non_determinism"


class JournalError(WorkflowError):
    """Say that the journal of a run cannot be used: it is not there, is no file, or belongs to somebody else."""

    code = 3104
    type = "journal"


class JournalCorruptError(JournalError):
    """Say that a journal is damaged; `context["line"]` is the first wrong line, counted from 1."""

    code = 3105
    type = "journal_corrupt"


class JournalVersionError(JournalError):
    """Say that a journal has a format this llmspell does not know; `context` has `format` and `known`."""

    code = 3106
    type = "journal_version"


class JournalBusyError(JournalError):
    """Say that another process has the run; `context["process"]` is its number where the system tells it."""

    code = 3107
    type = "journal_busy"


class JournalWriteError(JournalError):
    """Say that a journal cannot be written any more; `context["safe"]` is how many of its records are kept."""

    code = 3108
    type = "journal_write"


class JournalRecordError(JournalError):
    """Say that one record cannot be kept: it is no JSON, or too large; the journal is as it was."""

    code = 3109
    type = "journal_record"


class RunNotFoundError(JournalError):
    """Say that there is no durable run of this id or name, or that several have it."""

    code = 3110
    type = "run_not_found"
    exit_code = ExitCode.MISSING
