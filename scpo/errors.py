"""What can go wrong, in words a user can act on.

Every message is one sentence that says what is wrong, where, and what to do. The command line prints it without a
traceback and exits with `exit_code`; a page shows it as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class ScpoError(Exception):
    """Base of all errors that are meant for the user."""

    exit_code = 1


class InputError(ScpoError):
    """The user asked for something that is malformed or does not exist."""

    exit_code = 2


class DataError(InputError):
    """A data file breaks its format; the message names file, line and column where known."""


class StoreError(ScpoError):
    """Something in the cache is missing, broken, or of another version."""


class BrokenError(StoreError):
    """A file of the cache is not what was written; `scpo cache repair` may mend it."""


class RunError(ScpoError):
    """A run could not finish; the message says what to do next."""


class Cancelled(ScpoError):
    """Work was stopped on request, after its state was saved."""


def first_fault(error: ValidationError) -> str:
    """Say which field of a record is wrong first, and why: ``training.steps: Input should be greater than 0``."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}"
