"""What is to be read, and how: what every source gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from scpo.data.raw_files import RawRows
from scpo.errors import InputError

Arrange = Callable[[Path, RawRows], RawRows]
"""Writes the rows of a file's own layout as rows that a general source reads."""


class Reading(NamedTuple):
    """What is to be read, and how."""

    source: str
    path: Path | None
    """File or folder; None for a generated source."""

    mapping: Mapping[str, str]
    """Canonical name -> column."""

    group: str | None
    """Columns that are the community; None is the country."""

    least_users: int
    """Users that a community made of several columns needs."""

    winner: str | None = None
    """What the values of a winner mean: ``0=a,1=b,2=tie`` or ``signed``."""

    arrange: Arrange | None = None
    """How the rows of a public set's layout are rewritten first."""

    @property
    def place(self) -> Path:
        """Return the path, or raise InputError where none was given."""
        if self.path is None:
            raise InputError(f"--source {self.source} needs --path FILE")
        return self.path
