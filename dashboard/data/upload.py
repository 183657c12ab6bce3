"""The upload wizard: file, columns, check, name. The check is that of ``scpo data check``."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.data import columns, started, upload_files, view, words
from dashboard.data.load import load_columns, run_check
from dashboard.data.upload_files import Upload
from dashboard.frame import background, load
from dashboard.kit import text
from dashboard.kit.table import twin
from scpo.data.sources.pairs.columns import FileColumns
from scpo.data.sources.pairs.names import guess_mapping
from scpo.data.tables import LoadReport
from scpo.errors import ScpoError
from scpo.results import check
from scpo.settings import load_settings
from scpo.store.cache import Store

FILE = "upload_file"
REFUSED = "_upload_refused"
TEST_SHARE = "upload_test_share"
TEST_SHARES = {"15 %": 0.15, "25 %": 0.25, "50 %": 0.5}
START_SECONDS = 4.0
"""What starting a command takes, on top of reading the file."""


def show_wizard() -> None:
    """Draw the wizard from the file to the registration."""
    st.header("Bring your own preferences")
    read_only = load.is_read_only()
    if read_only:
        st.info(words.READ_ONLY, icon=":material/lock:")
    st.write(words.FORMAT)
    st.file_uploader(
        "CSV, JSON lines or Parquet, up to 200 MB",
        type=list(upload_files.TYPES),
        key=_box(),
        on_change=_receive,
        disabled=read_only,
        help=words.PRIVACY,
    )
    refused = st.session_state.get(REFUSED)
    if refused:
        st.error(text.plain(refused), title="This file cannot be used", icon=":material/error:")
    upload = st.session_state.get(started.UPLOAD)
    if upload is None or read_only or not upload.path.is_file():
        _show_example()
        return
    _show_file(upload)


def _box() -> str:
    """Return the key of the file box: a new one after each registration."""
    return f"{FILE}_{st.session_state.get(started.ROUND, 0)}"


def _receive() -> None:
    """Keep an uploaded file on disk, or forget the one that was taken away."""
    earlier = st.session_state.pop(started.UPLOAD, None)
    if earlier is not None:
        upload_files.remove(earlier)
    st.session_state[REFUSED] = None
    uploaded = st.session_state.get(_box())
    if uploaded is None or load.is_read_only():
        return
    try:
        kept = upload_files.keep(Store(load_settings().cache_dir.absolute()), uploaded.name, uploaded.getbuffer())
    except (ScpoError, OSError) as error:
        st.session_state[REFUSED] = str(error)
        return
    st.session_state[started.UPLOAD] = kept


def _show_example() -> None:
    st.caption("For example (columns may have any names; they are mapped in the next step):")
    st.code(
        "question,preferred,other,annotator,nation,gender\n"
        "How do I greet an elder?,Bow slightly and wait.,Just say hi.,p1,Chile,female",
        language=None,
    )
    st.caption(
        "On the command line: scpo data check FILE --source pairs, scpo data add NAME --source pairs --path FILE"
    )


def _show_file(upload: Upload) -> None:
    try:
        columns = load_columns(str(upload.path), upload.digest)
    except ScpoError as error:
        st.error(text.plain(str(error)), title="This file cannot be read", icon=":material/error:")
        return
    st.caption(
        text.plain(
            f"{upload.path.name}: {words.size(upload.size)}, {text.count(columns.rows, 'readable row')}, "
            f"{text.count(len(columns.names), 'column')}"
        )
    )
    st.subheader("1. Which column is what")
    fields = _shape(columns, upload.digest)
    mapping = _mapping(columns, fields, upload.digest)
    _first_rows(columns)
    problem = words.missing(mapping, fields)
    if problem:
        st.warning(text.plain(problem), icon=":material/rule:")
        return
    group = words.group_option(_communities(columns, mapping, upload.digest))
    st.subheader("2. What would be used")
    mapped = tuple(sorted(mapping.items()))
    document, why, seconds = run_check(str(upload.path), upload.digest, mapped, group)
    if document is None:
        st.error(text.plain(why), title="Nothing can be used yet", icon=":material/error:")
        return
    _show_check(document)
    st.subheader("3. Name it")
    _register(upload, mapping, group, seconds, document["users_per_country"])


def _shape(columns: FileColumns, digest: str) -> dict[str, str]:
    """Draw the choice of what a row holds, guessed from the names; return the fields to map."""
    shapes = list(words.SHAPES)
    guessed = shapes[1] if "winner" in guess_mapping(columns.names) else shapes[0]
    chosen = st.segmented_control("A row holds", shapes, default=guessed, key=f"shape_{digest[:12]}", required=True)
    return words.SHAPES[chosen]


def _mapping(columns: FileColumns, fields: dict[str, str], digest: str) -> dict[str, str]:
    """Draw a box per field, guessed from the names; return field -> column."""
    guessed = guess_mapping(columns.names)
    options = [words.NO_COLUMN, *columns.names]
    chosen: dict[str, str] = {}
    boxes = st.columns(3)
    for i, (field, label) in enumerate(fields.items()):
        found = guessed.get(field)
        box = boxes[i % 3].selectbox(
            label + (" (needed)" if field in words.NEEDED else ""),
            range(len(options)),
            index=columns.names.index(found) + 1 if found else 0,
            format_func=options.__getitem__,
            key=f"map_{field}_{digest[:12]}",
            help=words.HELP[field],
            filter_mode=None,
        )
        if box:
            chosen[field] = options[box]
    return chosen


def _communities(columns: FileColumns, mapping: dict[str, str], digest: str) -> list[str]:
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


def _first_rows(columns: FileColumns) -> None:
    """Show the first rows as plain text, with their lines."""
    with st.expander(
        f"First {len(columns.first)} rows" if len(columns.first) > 1 else "First row",
        icon=":material/table_rows:",
        expanded=True,
    ):
        frame = pd.DataFrame(columns.first, columns=columns.names)
        frame.insert(0, "line", columns.lines, allow_duplicates=True)
        frame.columns = pd.Index(_unique(frame.columns))
        st.dataframe(frame, hide_index=True, key="first_rows", alt="First rows of the file as plain text")


def _unique(names: pd.Index) -> list[str]:
    """Name the column of line numbers so that no column of the file has its name."""
    first = "Line" if "Line" not in names else "Line in file"
    return [first, *names[1:]]


def _show_check(document: dict[str, Any]) -> None:
    st.markdown(f"**{text.plain(words.verdict(document))}**")
    boxes = st.columns(6)
    for box, (label, number) in zip(boxes, words.counted(document).items(), strict=True):
        box.metric(label, f"{number:,}")
    report = LoadReport.model_validate({k: v for k, v in document.items() if k in LoadReport.model_fields})
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown("**Dropped, by reason**")
        view.show_dropped_table(check.dropped_table(report), key="check_dropped")
    with right:
        _show_communities(document)
    for note in report.notes:
        st.caption(f":material/info: {text.plain(note)}")


def _show_communities(document: dict[str, Any]) -> None:
    table = check.community_table(document["users_per_country"], document["pairs_per_country"])
    st.markdown("**Communities**")
    if table.empty:
        st.caption("No community is chosen: the pairs can train a global model, and be compared with none.")
        return
    st.dataframe(
        twin(table, columns.COMMUNITIES), hide_index=True, key="check_communities", alt="Communities of the file"
    )
    few = int(table["too_few_users"].sum())
    if few:
        st.caption(
            f"{few} of {len(table)} {'has' if few == 1 else 'have'} fewer than {text.FEW_USERS} users: no rank, no "
            "verdict."
        )


def _register(
    upload: Upload, mapping: dict[str, str], group: str | None, seconds: float, users: dict[str, int]
) -> None:
    taken = load.list_datasets()
    proposed = words.proposed_name(upload.path.name, taken)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of the data set", proposed, key=_name_key(upload), max_chars=64)
        share = st.selectbox(
            "Users for test",
            list(TEST_SHARES),
            key=TEST_SHARE,
            width=140,
            filter_mode=None,
            help=f"Within each community. A verdict needs {text.FEW_USERS} test users: small communities need a larger "
            "share.",
        )
        problem = words.name_problem(name, taken)
        busy = any(c.alive and c.kind == "add" for c in started.known_children())
        st.button(
            "Add this data set",
            type="primary",
            icon=":material/add:",
            key="upload_add",
            disabled=busy or problem is not None,
            on_click=partial(_add, upload, mapping, group, START_SECONDS + 2 * seconds),
        )
    if busy:
        st.caption(":material/hourglass_top: It is being registered: progress and cancel stand below.")
    elif problem:
        st.caption(text.plain(problem))
    st.caption(text.plain(words.verdicts(users, TEST_SHARES[share])))


def _name_key(upload: Upload) -> str:
    return f"upload_name_{upload.digest[:12]}"


def _add(upload: Upload, mapping: dict[str, str], group: str | None, seconds: float) -> None:
    """Register under the name that stands in the field at the click: the page may not have been drawn with it yet."""
    name, share = st.session_state[_name_key(upload)], TEST_SHARES[st.session_state[TEST_SHARE]]
    if words.name_problem(name, load.list_datasets()) is None:
        command = words.add_words(name, upload.path, mapping, group, share)
        background.start(command, kind="add", dataset=name, expected_seconds=seconds)
