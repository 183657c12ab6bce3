"""The upload wizard: file, columns, check, name. The check is that of ``scpo data check``."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard.data import columns, from_hub, started, upload_columns, upload_files, view, words
from dashboard.data.load import load_columns, run_check
from dashboard.data.upload_files import Upload
from dashboard.frame import background, components, load, people
from dashboard.kit import text
from dashboard.kit.table import twin
from scpo.data.sources.columns import FileColumns
from scpo.data.tables import LoadReport
from scpo.errors import ScpoError
from scpo.names import MOST_NAME
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
    refused = people.refusal("upload")
    if refused:
        st.info(refused, icon=":material/lock:")
    st.write(words.FORMAT)
    st.file_uploader(
        "CSV, JSON, Parquet or Arrow, also packed (gz, zst), up to 200 MB",
        type=list(upload_files.TYPES),
        key=_box(),
        on_change=_receive,
        disabled=refused is not None,
        help=words.PRIVACY,
    )
    refused = st.session_state.get(REFUSED)
    if refused:
        st.error(text.plain(refused), title="This file cannot be used", icon=":material/error:")
    upload = st.session_state.get(started.UPLOAD)
    if upload is None or refused or not upload.path.is_file():
        from_hub.show_form(refused=refused is not None)
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
    if uploaded is None:
        return
    try:
        if people.refusal("upload"):
            return
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
    reading = _reading(upload, columns)
    if reading is None:
        return
    st.subheader("2. What would be used")
    document, why, seconds = run_check(str(upload.path), upload.digest, *reading)
    if document is None:
        st.error(text.plain(why), title="Nothing can be used yet", icon=":material/error:")
        return
    _show_check(document)
    st.subheader("3. Name it")
    _register(upload, reading, seconds, document)


def _reading(upload: Upload, columns: FileColumns) -> words.Reading | None:
    """Ask how the file is read: as a public set is laid out, or by its columns; None while something is missing."""
    layout = upload_columns.layout(columns, upload.digest)
    if layout is not None:
        upload_columns.first_rows(columns)
        return words.Reading(layout, (), None)
    shape = upload_columns.shape(columns, upload.digest)
    mapping = upload_columns.mapping(columns, shape, upload.digest)
    upload_columns.first_rows(columns)
    problem = words.missing(mapping, shape, columns.with_prompt)
    if problem:
        st.warning(text.plain(problem), icon=":material/rule:")
        return None
    mapped = words.stated(shape, mapping, columns.names)
    winner = upload_columns.winner(upload, mapped) if "response_a" in shape.fields else None
    group = words.group_option(upload_columns.communities(columns, mapping, upload.digest))
    return words.Reading(shape.source, mapped, group, winner)


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
    components.table(twin(table, columns.COMMUNITIES), "check_communities", "Communities of the file")
    few, unit = int(table["too_few_users"].sum()), document["unit"]
    if few:
        st.caption(
            f"{few} of {len(table)} {'has' if few == 1 else 'have'} fewer than {text.FEW_USERS} {unit}s: no rank, "
            "no verdict."
        )


def _register(upload: Upload, reading: words.Reading, seconds: float, document: dict[str, Any]) -> None:
    taken = load.list_datasets()
    proposed = words.proposed_name(upload.path.name, taken)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.text_input("Name of the data set", proposed, key=_name_key(upload), max_chars=MOST_NAME)
        share = st.selectbox(
            f"{document['unit'].capitalize()}s for test",
            list(TEST_SHARES),
            key=TEST_SHARE,
            width=140,
            filter_mode=None,
            help=f"Within each community. A verdict needs {text.FEW_USERS} test {document['unit']}s: small "
            "communities need a larger share.",
        )
        problem = words.name_problem(name, taken)
        busy = any(c.alive and c.kind == "add" for c in started.known_children())
        st.button(
            "Add this data set",
            type="primary",
            icon=":material/add:",
            key="upload_add",
            disabled=busy or problem is not None,
            on_click=partial(_add, upload, reading, START_SECONDS + 2 * seconds),
        )
    if busy:
        st.caption(":material/hourglass_top: It is being registered: progress and cancel stand below.")
    elif problem:
        st.caption(text.plain(problem))
    st.caption(text.plain(words.verdicts(document["users_per_country"], TEST_SHARES[share], document["unit"])))


def _name_key(upload: Upload) -> str:
    return f"upload_name_{upload.digest[:12]}"


def _add(upload: Upload, reading: words.Reading, seconds: float) -> None:
    """Register under the name that stands in the field at the click: the page may not have been drawn with it yet."""
    name, share = st.session_state[_name_key(upload)], TEST_SHARES[st.session_state[TEST_SHARE]]
    if words.name_problem(name, load.list_datasets()) is None:
        command = words.add_words(name, upload.path, reading, share)
        background.start(command, kind="add", dataset=name, expected_seconds=seconds)
