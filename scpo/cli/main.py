"""The command line: thin. Results go to stdout, logs and progress to stderr, user errors become one line."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import typer
from pydantic import ValidationError

from scpo.cli import (
    asked,
    audit,
    behaviour,
    bench,
    cache,
    check,
    data,
    divergence,
    export,
    jobs,
    model,
    opinions,
    preview,
    report,
    serve,
    show,
    stars,
    work,
)
from scpo.cli.console import printable
from scpo.cli.stopping import term_interrupts
from scpo.errors import InputError, ScpoError
from scpo.redaction import without_secrets
from scpo.settings import Settings, load_settings
from scpo.store.files import unwritten

app = typer.Typer(cls=asked.Asked, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
for commands in (
    *(data, model, work, jobs, show, behaviour, preview, opinions, divergence, check),
    *(export, report, stars, cache, audit, serve, bench),
):
    app.add_typer(commands.app)


def main() -> None:
    """Run the command line; user errors become one line on stderr and an exit code, Ctrl-C and SIGTERM the code 130."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    code = 0
    try:
        with term_interrupts():
            code = _command()(_texts(arguments), standalone_mode=False) or 0
    except typer.TyperException as error:
        code = _usage(error)
    except typer.Abort:
        code = 130
    except ScpoError as error:
        if debug:
            raise
        _complain(str(error))
        code = error.exit_code
    except ValidationError as error:
        if debug:
            raise
        _complain(_out_of_bounds(error))
        code = 2
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if debug:
            raise
        about = f"{error.filename}: " if error.filename is not None else ""
        _complain(f"{about}{error.strerror or error}")
        code = 2 if error.errno in _ASKED_WRONGLY else 1
    except Exception as error:
        if debug:
            raise
        why = unwritten(error, load_settings().cache_dir)
        _complain(why or f"unexpected {type(error).__name__}: {error} - the same command with --debug shows where")
        code = 1
    sys.exit(code)


@lru_cache(maxsize=1)
def _command() -> Callable[..., Any]:
    return typer.main.get_command(app)


def _texts(arguments: list[str]) -> list[str]:
    """Return the words of a command; InputError if one is no text, as a file name in another encoding is none."""
    for word in arguments:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise InputError(f"{word[:MOST_SHOWN]!r} is no text in UTF-8: rename what is called so") from None
    return arguments


_ASKED_WRONGLY = {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.ENAMETOOLONG, errno.ELOOP}
"""What the system says of a path that cannot be what it was given as."""

MOST_SHOWN = 80
"""Characters of a wrong value that are repeated."""


def _out_of_bounds(error: ValidationError) -> str:
    """Say which value of a configuration is wrong, why, and what it is."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or error.title
    if error.title == Settings.__name__:
        where = f"SCPO_{where.upper()}"
    given = repr(first["input"])
    shown = given if len(given) <= MOST_SHOWN else f"{given[:MOST_SHOWN]}…"
    return f"{where}: {first['msg'].removeprefix('Value error, ')} (given: {shown})"


def _usage(error: typer.TyperException) -> int:
    """Say what is wrong with the words of a command; a group without a command shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        sys.stderr.write(f"{error}\n")
        return 2
    context = getattr(error, "ctx", None)
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    _complain(f"{message} `{context.command_path if context else 'scpo'} --help` explains")
    return 2


def _complain(sentence: str) -> None:
    """Print one line on stderr; what would move the cursor or turn the writing round is shown as its code."""
    line = without_secrets(" ".join(sentence.split()))
    sys.stderr.write(f"scpo: {printable(line)}\n")
