"""Read a file by the name of its layout: the general source with what is known of the layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from scpo.data.raw_files import read_rows
from scpo.data.sources.adapters.layouts import Adapter
from scpo.data.sources.adapters.table import recognised
from scpo.data.sources.pairs.names import found_columns
from scpo.data.sources.reading import Reading
from scpo.data.tables import Tables
from scpo.errors import DataError, ScpoError


def load_adapted(adapter: Adapter, reading: Reading, general: Mapping[str, Callable[[Reading], Tables]]) -> Tables:
    """Read a file of a named layout; what the user maps or states comes before what is known.

    Parameters
    ----------
    general : mapping
        The loaders of the general sources by name.

    Raises
    ------
    DataError
        If the file is laid out otherwise.
    """
    path = reading.place
    if adapter.files and (path / adapter.files[0]).is_file():
        path = path / adapter.files[0]
    head = read_rows(path, most=1)
    layout = adapter.layout_of(head.columns)
    if layout is None:
        known = "; or ".join(", ".join(one.has) for one in adapter.layouts)
        raise DataError(
            f"{path.name} is not laid out as {adapter.label}: expected are the columns {known}; columns found: "
            f"{found_columns(head)}; any other file is read with --source pairs or --source responses"
        )
    tables = general[layout.reads](
        reading._replace(
            path=path,
            mapping={**layout.mapping, **reading.mapping},
            winner=reading.winner or layout.winner,
            arrange=layout.arrange,
        )
    )
    tables.report.notes.insert(0, f"{path.name} is read as {adapter.label}: {adapter.note}.")
    return tables


def hint(path: Path) -> str:
    """Say by which name a file is read that a general source refused; empty if it looks like no known layout."""
    try:
        names = recognised(read_rows(path, most=1).columns)
    except ScpoError:
        return ""
    return f"; its columns are those of --source {names[0]}" if len(names) == 1 else ""
