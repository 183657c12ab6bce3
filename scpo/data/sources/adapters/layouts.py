"""What a named layout is: the columns it is known by, and how a general source reads it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scpo.data.sources.reading import Arrange


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One way the files of a set are laid out."""

    has: tuple[str, ...]
    """Columns by which it is known."""

    reads: Literal["pairs", "responses"]
    """The general source."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    """Canonical name -> column; an empty one says that there is none."""

    winner: str | None = None
    """What the values of the winner mean, as ``--winner`` takes it."""

    arrange: Arrange | None = None
    """Rewrites the rows first."""

    own: bool = True
    """No other set has these columns, so that a file can be told by them."""


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """A public set, or a tool, with the layouts of its files; the first that fits is read."""

    name: str
    label: str
    layouts: tuple[Layout, ...]
    note: str
    """Who judged, and what a reader must know about it."""

    reference: str
    """Where the layout is published."""

    licence: str = "as stated by the owner of the file"
    citation: str | None = None
    files: tuple[str, ...] = ()
    """Files of a folder that belong together; the first is read, the others beside it."""

    def layout_of(self, columns: Collection[str]) -> Layout | None:
        """Return the layout that columns fit, or None."""
        return next((one for one in self.layouts if set(one.has) <= set(columns)), None)
