"""Files of comparisons: two responses and a column that says which one won. They become chosen and rejected."""

from __future__ import annotations

from collections.abc import Mapping

from scpo.data.raw_files import RawRows

COMPARISON = ("response_a", "response_b", "winner")
"""What a file of comparisons has in the place of chosen and rejected."""

TIE = "tie: no response is preferred"
UNKNOWN_WINNER = "winner is neither a, b nor a tie"

_FIRST = frozenset({"a", "model_a", "response_a", "assistant_a", "left", "first"})
_SECOND = frozenset({"b", "model_b", "response_b", "assistant_b", "right", "second"})
_TIES = frozenset({"tie", "tie (bothbad)", "both", "both bad", "bothbad", "neither", "equal", "draw", "none"})


def is_comparison(mapping: Mapping[str, str]) -> bool:
    """Tell whether a mapping names two responses and a winner."""
    return all(name in mapping for name in COMPARISON)


def as_chosen_and_rejected(raw: RawRows, mapping: Mapping[str, str]) -> tuple[RawRows, dict[str, str], int]:
    """Put the winner of each row into `chosen` and the other response into `rejected`.

    Parameters
    ----------
    raw : RawRows
        With the three columns.
    mapping : dict
        Canonical name -> column, with `response_a`, `response_b` and `winner`. A winner is ``a``, ``model_a``, ``left``
        or the name of the first response's column, in any case; likewise the second; or a tie.

    Returns
    -------
    tuple
        The rows, the three columns replaced; the mapping without them; the number of ties. Rows without a winner are
        dropped with their lines.
    """
    columns = [mapping[name] for name in COMPARISON]
    first, second, winner = (raw.columns.index(column) for column in columns)
    own = {columns[0].casefold(): first, columns[1].casefold(): second}
    replaced = {first, second, winner}
    others = [i for i, name in enumerate(raw.columns) if i not in replaced and name not in ("chosen", "rejected")]
    found = RawRows(
        columns=[*(raw.columns[i] for i in others), "chosen", "rejected"], dropped=raw.dropped, read=raw.read
    )
    ties = 0
    for row, line in zip(raw.rows, raw.lines, strict=True):
        label = (row[winner] or "").strip().casefold()
        best = first if label in _FIRST else second if label in _SECOND else own.get(label)
        if best is None:
            ties += label in _TIES
            found.drop(TIE if label in _TIES else UNKNOWN_WINNER, line)
            continue
        found.rows.append([*(row[i] for i in others), row[best], row[second if best == first else first]])
        found.lines.append(line)
    rest = {name: column for name, column in mapping.items() if name not in COMPARISON}
    return found, {**rest, "chosen": "chosen", "rejected": "rejected"}, ties
