"""The line in the audit of a command that starts, cancels, removes, uploads, exports or mends something."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextvars import ContextVar

import typer
from typer.core import TyperGroup

from scpo.cli.console import say
from scpo.settings import Settings
from scpo.store import audit
from scpo.store.audit import What
from scpo.store.cache import Store

ACTIONS: Mapping[str, What] = {
    "score": "start",
    "run": "start",
    "study": "start",
    "resume": "start",
    "rerun": "start",
    "check": "start",
    "preview": "start",
    "opinions": "start",
    "model train-global": "start",
    "cancel": "cancel",
    "data add": "upload",
    "data regroup": "upload",
    "model add": "upload",
    "rm": "remove",
    "data rm": "remove",
    "data remove": "remove",
    "model rm": "remove",
    "model remove": "remove",
    "export": "export",
    "report": "export",
    "cache backup": "export",
    "cache repair": "repair",
    "cache restore": "restore",
    "cache gc": "gc",
}
"""What kind of action a command is, by its words; the others only look, or carry out what was asked before."""

SOMETIMES = frozenset({"preview", "opinions", "cache gc"})
"""Commands that only look unless an option says otherwise."""

_WORDS: ContextVar[tuple[str, ...]] = ContextVar("words_of_the_command", default=())


class Asked(TyperGroup):
    """The commands of ``scpo``; it remembers what was asked."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Keep the words of the command, and read them."""
        _WORDS.set(tuple(args))
        return super().parse_args(ctx, args)


def write_line(store: Store, settings: Settings, *, writes: bool) -> None:
    """Add the line of the present command, if it is one that has a line.

    What a page has started has one already. Where nothing may be written there is none; where it cannot be written the
    command goes on, and says so.
    """
    words = _WORDS.get()
    command = next((name for name in (" ".join(words[:2]), *words[:1]) if name in ACTIONS), None)
    if command is None or settings.read_only or settings.audited or (command in SOMETIMES and not writes):
        return
    import psutil

    try:
        audit.write_line(
            store,
            who=psutil.Process().username(),
            role="admin",
            what=ACTIONS[command],
            about=f"scpo {shlex.join(words)}",
            allowed=True,
            via="command line",
        )
    except OSError as error:
        say(f"{store.root / audit.FILE} cannot be written ({error.strerror}): this command is not in the audit")
