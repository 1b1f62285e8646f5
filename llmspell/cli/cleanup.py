"""Policies of cleaning up as the command line takes them: the same words wherever something is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import UsageError
from llmspell.model.units import parse_duration, parse_size
from llmspell.services.cleanup import Cleanup

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console


def policy_of(args: argparse.Namespace) -> Cleanup:
    """Read `--unused`, `--age`, `--keep` and `--size`, as far as a verb has them."""
    keep, size = args.keep, getattr(args, "size", None)
    if keep is not None and keep < 0:
        raise UsageError(f"--keep {keep}: fewer than none cannot stay", suggestions=["write --keep 100"])
    unused, age = (None if one is None else parse_duration(one) for one in (args.unused, args.age))
    return Cleanup(unused, age, keep, None if size is None else parse_size(size))


def wanted(args: argparse.Namespace) -> Cleanup:
    """Read the policy of a verb that does nothing without one."""
    policy = policy_of(args)
    if policy == Cleanup():
        raise UsageError(
            "nothing says what is too much", suggestions=["add --unused 90d, --age 365d, --keep 100 or --size 10MB"]
        )
    return policy


def tell(args: argparse.Namespace, console: Console, gone: list[str], what: str) -> int:
    """Say how much is gone, or with `--dry-run` what would be."""
    if console.as_json:
        console.data({"would_remove" if args.dry_run else "removed": gone})
    else:
        for one in gone if args.dry_run else ():
            console.print(one)
        console.note(f"{len(gone)} {what} {'would go' if args.dry_run else 'are gone'}")
    return 0
