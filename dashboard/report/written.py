"""The page Report writes its file: a process of its own, watched, cancelled, and then a file to download."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.frame import background, components, people
from dashboard.kit import glossary, text
from dashboard.report.load import Material
from scpo import results
from scpo.config import content_key
from scpo.jobs.children import Child
from scpo.results.report_choice import ReportChoice
from scpo.store.reports import MOST_KEPT, make_place, report_file

MIME = {
    "zip": "application/zip",
    "html": "text/html",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}


def file_of(material: Material, choice: ReportChoice, form: str) -> Path:
    """Return where the report of a choice lies once it is written: another file for every cause."""
    causes = {"material": material.key, "choice": choice.model_dump(mode="json"), "form": form}
    return report_file(results.open_store(), content_key("report", causes), f"{material.study.name}.{form}")


def command(material: Material, choice: ReportChoice, out: str) -> list[str]:
    """Return the words after ``scpo`` that write the report of a choice."""
    return ["report", "--study", material.study.name, *choice.options(), "-o", out]


def show_export(material: Material, choice: ReportChoice, form: str) -> None:
    """Draw what makes the file of a choice: the button, how far it is, the download; and the command beside it."""
    path = file_of(material, choice, form)
    words = command(material, choice, str(path.absolute()))
    child = background.last("report", words)
    alive = tuple(one.child_id for one in background.started("report") if one.alive)
    if alive:
        st.fragment(_running, run_every=background.REFRESH)(alive)
    if child is None or not child.alive:
        if path.is_file():
            _download(path, form, child)
        else:
            _offer(material, path, words, child)
    if not glossary.is_plain():
        st.markdown("**The same on the command line**")
        shown = command(material, choice, path.name)
        st.code(shlex.join(["scpo", *shown]), language="bash", wrap_lines=True)


def _offer(material: Material, path: Path, words: list[str], child: Child | None) -> None:
    """Draw the button that starts the writing, and what became of it the last time."""
    background.outcome(child, failed="The report was not written", cancelled="It was cancelled; no file was kept.")
    st.button(
        "Export",
        type="primary",
        icon=":material/ios_share:",
        key="export_report",
        disabled=people.refusal("export") is not None,
        help=people.refusal("export"),
        on_click=partial(
            background.start,
            words,
            kind="report",
            dataset=material.study.dataset,
            model=material.study.model,
            first=partial(make_place, results.open_store(), path),
        ),
    )
    st.caption(
        f"Writes {text.plain(path.name)}; you may leave the page meanwhile. The newest {MOST_KEPT} are kept here."
    )


def _running(ids: tuple[str, ...]) -> None:
    """Show how far reports are; once one has ended the page is drawn anew."""
    with components.errors_in_words():
        found = [one for one in background.started("report") if one.alive]
        if tuple(one.child_id for one in found) != ids:
            st.rerun()
        for child in found:
            background.bar(child, Path(child.words[-1]).name, key=f"cancel_report_{child.child_id}", stages=True)


def _download(path: Path, form: str, child: Child | None) -> None:
    """Offer the file that is there, with its size and how long it took."""
    found = path.stat()
    took = "" if child is None else f", written in {text.span(found.st_mtime - child.started)}"
    st.download_button(
        f"Download {path.name}",
        data=path.read_bytes,
        file_name=path.name,
        mime=MIME[form],
        on_click="ignore",
        type="primary",
        icon=":material/download:",
        key="download_report",
    )
    st.caption(text.plain(f"{found.st_size / 2**20:.1f} MiB{took}."))
