"""The columns of an uploaded file: what a row holds, which column is what, what a winner means, the communities."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.data import shapes, words
from dashboard.data.load import load_outcomes
from dashboard.data.upload_files import Upload
from dashboard.frame import components
from dashboard.kit import text
from scpo.data.sources import known_source
from scpo.data.sources.adapters.table import ADAPTERS, OPINIONS, recognised
from scpo.data.sources.columns import FileColumns

OTHER = "A file of your own"


def layout(columns: FileColumns, digest: str) -> str | None:
    """Draw the choice of a public set that is laid out like the file; return its name, None for any other file."""
    known = recognised(columns.names)
    chosen = st.selectbox(
        "Laid out as",
        [None, *ADAPTERS, OPINIONS],
        format_func=lambda name: OTHER if name is None else known_source(name).label,
        key=f"layout_{digest[:12]}",
        filter_mode=None,
        width=420,
        help="The files of these sets and tools are read without more questions.",
    )
    if chosen is None and len(known) == 1:
        label = known_source(known[0]).label
        st.caption(text.plain(f"Its columns are those of {label}: choose it, and it is read so."))
    return chosen


def shape(columns: FileColumns, digest: str) -> shapes.Shape:
    """Draw the choice of what a row holds, guessed from the names and the first rows."""
    chosen = st.segmented_control(
        "A row holds",
        list(shapes.SHAPES),
        default=words.guessed_shape(columns),
        key=f"shape_{digest[:12]}",
        required=True,
        help=shapes.SHAPE_HELP,
    )
    return shapes.SHAPES[chosen]


def winner(upload: Upload, mapping: tuple[tuple[str, str], ...]) -> str | None:
    """Show the values of the winner, and ask for the meaning of those that are unknown; return ``--winner``."""
    found = load_outcomes(str(upload.path), upload.digest, mapping)
    st.caption(text.plain(words.known_outcomes(found)))
    unknown = [one for one in found if one.meaning is None][: words.MOST_VALUES]
    if not unknown:
        return None
    key = f"{upload.digest[:12]}_{dict(mapping)['winner']}"
    signed = words.may_be_signed(found) and st.checkbox(words.SIGNED_LABEL, key=f"signed_{key}")
    meanings: dict[str, str] = {}
    if not signed:
        boxes = st.columns(4)
        for i, one in enumerate(unknown):
            said = boxes[i % 4].selectbox(
                text.plain(f"Winner {one.value} · {text.count(one.rows, 'row')}"),
                list(words.SIDES),
                key=f"means_{i}_{key}",
                filter_mode=None,
                help="Which response the person preferred. Public files mean opposite sides by 0 and 1.",
            )
            meanings[one.value] = words.SIDES[said]
    return words.winner_option(meanings, signed=signed)


def mapping(columns: FileColumns, shape: shapes.Shape, digest: str) -> dict[str, str]:
    """Draw a box per field, guessed from the names; return field -> column."""
    guessed = words.guess(shape, columns.names)
    options = [words.NO_COLUMN, *columns.names]
    chosen: dict[str, str] = {}
    boxes = st.columns(3)
    for i, (field, label) in enumerate(shape.fields.items()):
        found = guessed.get(field)
        box = boxes[i % 3].selectbox(
            label + (" (needed)" if field in shape.needed else ""),
            range(len(options)),
            index=columns.names.index(found) + 1 if found else 0,
            format_func=options.__getitem__,
            key=f"map_{shape.source}_{field}_{digest[:12]}",
            help=shapes.HELP[field],
            filter_mode=None,
        )
        if box:
            chosen[field] = options[box]
    return chosen


def communities(columns: FileColumns, mapping: dict[str, str], digest: str) -> list[str]:
    """Draw the choice of communities: the mapped country, any other column, or a combination."""
    used = {column for field, column in mapping.items() if field != "country"} | {mapping.get("country")}
    labels = {"country": "Country"} if "country" in mapping else {}
    for column in columns.columns:
        if column.name not in used and column.name not in labels and column.distinct:
            labels[column.name] = f"{column.name} · {text.count(column.distinct, 'value')}"
    return st.multiselect(
        "Communities are the values of",
        list(labels),
        default=["country"] if "country" in mapping else [],
        format_func=text.label_of(labels),
        key=f"communities_{digest[:12]}_{'country' in mapping}",
        placeholder="No community: the pairs train global models only",
        help="Any column can be the community, its values as they are. Several columns are combined; a combination "
        f"needs at least {text.FEW_USERS} users.",
    )


def first_rows(columns: FileColumns) -> None:
    """Show the first rows as plain text, with their lines."""
    with st.expander(
        f"First {len(columns.first)} rows" if len(columns.first) > 1 else "First row",
        icon=":material/table_rows:",
        expanded=True,
    ):
        frame = pd.DataFrame(columns.first, columns=columns.names)
        frame.insert(0, "line", columns.lines, allow_duplicates=True)
        frame.columns = pd.Index(_unique(frame.columns))
        components.table(frame, "first_rows", "First rows of the file as plain text")


def _unique(names: pd.Index) -> list[str]:
    """Name the column of line numbers so that no column of the file has its name."""
    first = "Line" if "Line" not in names else "Line in file"
    return [first, *names[1:]]
