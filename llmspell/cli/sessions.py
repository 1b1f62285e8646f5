"""`llmspell session list|create|show|suspend|resume|tag|remove|purge`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.cli.cleanup import policy_of, tell
from llmspell.cli.state import moment, with_app
from llmspell.cli.values import pairs
from llmspell.errors import UsageError
from llmspell.model.units import parse_duration
from llmspell.services.cleanup import Cleanup

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Mapping

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.services.sessions import Session

About = dict[str, object]


def list_sessions(args: argparse.Namespace, console: Console) -> int:
    """List sessions."""

    async def ask(app: App, ctx: CallContext) -> list[About]:
        wanted = {"status": getattr(args, "status", None), "tag": getattr(args, "tag", None)}
        return [app.sessions.about(one) for one in await app.sessions.all(ctx, **wanted)]

    found = with_app(args, console, ask)
    if console.as_json:
        console.data(found)
    elif found:
        console.table([_row(one) for one in found], ("session", "name", "status", "last used", "runs", "tags"))
    else:
        console.note("there is no such session; `llmspell session create NAME` makes one")
    return 0


def _row(one: Mapping[str, object]) -> tuple[str, ...]:
    tags = one["tags"]
    told = ", ".join(tags) if isinstance(tags, list) else ""
    used = moment(float(str(one["used"])))
    return str(one["id"]), str(one["name"]) or "-", str(one["status"]), used, str(one["runs"]), told or "-"


def create(args: argparse.Namespace, console: Console) -> int:
    """Make a session and print its id."""
    if len(args.label) > 1:
        raise UsageError("a session has one name", suggestions=["put it in quotes when it has spaces"])
    values = pairs(args.values or (), what="value")
    lifetime = None if args.lifetime is None else parse_duration(args.lifetime)

    async def make(app: App, ctx: CallContext) -> About:
        name = args.label[0] if args.label else ""
        made = await app.sessions.create(ctx, name=name, tags=args.tags or (), values=values, lifetime=lifetime)
        return app.sessions.about(made)

    made = with_app(args, console, make)
    if console.as_json:
        console.data(made)
    else:
        console.print(str(made["id"]))
    return 0


def show(args: argparse.Namespace, console: Console) -> int:
    """Show a session and its values."""

    async def ask(app: App, ctx: CallContext) -> tuple[About, About]:
        found = await app.sessions.find(ctx, args.name)
        entries = await app.states.view(ctx, "session", found.id).entries()
        return app.sessions.about(found), {one.key: one.value for one in entries}

    about, values = with_app(args, console, ask)
    console.data({**about, "values": values})
    return 0


def suspend(args: argparse.Namespace, console: Console) -> int:
    """Put a session to rest."""
    about = with_app(args, console, lambda app, ctx: _told(app, app.sessions.suspend(ctx, args.name)))
    return _done(console, about)


def resume(args: argparse.Namespace, console: Console) -> int:
    """Make a session usable again."""
    about = with_app(args, console, lambda app, ctx: _told(app, app.sessions.resume(ctx, args.name)))
    return _done(console, about)


def tag(args: argparse.Namespace, console: Console) -> int:
    """Add tags, or take some away."""
    add, less = ((), args.tags) if args.remove else (args.tags, ())
    about = with_app(args, console, lambda app, ctx: _told(app, app.sessions.tag(ctx, args.name, add, less)))
    return _done(console, about)


def remove(args: argparse.Namespace, console: Console) -> int:
    """Forget a session."""
    with_app(args, console, lambda app, ctx: app.sessions.remove(ctx, args.name))
    if console.as_json:
        console.data({"removed": args.name})
    else:
        console.note(f"session {args.name} is gone, with its values")
    return 0


def purge(args: argparse.Namespace, console: Console) -> int:
    """Forget the sessions that have expired, or those of which a policy has enough."""
    idle = None if args.idle is None else parse_duration(args.idle)
    policy = policy_of(args)
    if policy == Cleanup() and args.dry_run:
        raise UsageError(
            "--dry-run shows what --unused, --age and --keep would remove", suggestions=["add one of them"]
        )
    if policy != Cleanup() and idle is not None:
        raise UsageError("--idle is about expired sessions only", suggestions=["write --unused for any"])

    async def ask(app: App, ctx: CallContext) -> list[Session]:
        if policy == Cleanup():
            return await app.sessions.purge(ctx, idle or 0.0)
        return await app.sessions.sweep(ctx, policy, dry=args.dry_run)

    over = [one.id for one in with_app(args, console, ask)]
    return tell(args, console, over, "expired sessions" if policy == Cleanup() else "sessions")


async def _told(app: App, changed: Awaitable[Session]) -> About:
    return app.sessions.about(await changed)


def _done(console: Console, about: About) -> int:
    if console.as_json:
        console.data(about)
    else:
        tags = about["tags"]
        told = f", tags: {', '.join(tags)}" if isinstance(tags, list) and tags else ""
        console.note(f"session {about['name'] or about['id']} is {about['status']}{told}")
    return 0
