"""The command line: thin. Results go to stdout, logs and progress to stderr, user errors become one line."""

from __future__ import annotations

import os
import sys

import typer
from pydantic import ValidationError

from scpo.commands import data, model, serve, show, work
from scpo.errors import ScpoError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.add_typer(data.app, name="data")
app.add_typer(model.app, name="model")
app.add_typer(work.app)
app.add_typer(show.app)
app.add_typer(serve.app)


def main() -> None:
    """Run the command line; user errors become one line on stderr and an exit code."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments, standalone_mode=True)
    except ScpoError as error:
        if debug:
            raise
        print(f"scpo: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except ValidationError as error:
        if debug:
            raise
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or error.title
        print(f"scpo: {where}: {first['msg']} (given: {first['input']!r})", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
