"""A pairs file whose communities are made of one column or of several."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from scpo.data.communities import COUNTRY, group_columns, regrouped
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.reading import Arrange
from scpo.data.tables import Tables


def load_grouped_pairs(
    path: Path,
    *,
    mapping: Mapping[str, str],
    group: str | None,
    least_users: int,
    winner: str | None = None,
    arrange: Arrange | None = None,
) -> Tables:
    """Read a pairs file; `group` is None, one column, or several separated by commas.

    See `load_pairs_file` for one column. In a combination ``country`` is the mapped country.
    """
    columns = [] if group is None else group_columns(group)
    if len(columns) < 2:
        one = columns[0] if columns else None
        return load_pairs_file(path, mapping=mapping, group=one, winner=winner, arrange=arrange)
    first = None if COUNTRY in columns else columns[0]
    tables = load_pairs_file(path, mapping=mapping, group=first, winner=winner, arrange=arrange)
    if first is not None:
        tables.users[first], tables.pairs[first] = tables.users["country"], tables.pairs["country"]
    return regrouped(tables, columns, group=first or COUNTRY, least_users=least_users)
