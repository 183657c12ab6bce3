"""``scpo report``: a study as a report; ``scpo rerun``: a report carried out again and compared."""

from __future__ import annotations

import json as jsons
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from scpo.cli.console import Follower, as_list, print_json, say
from scpo.cli.options import Json, following, store_and_settings, within
from scpo.cli.stopping import StopRequest
from scpo.config import Tolerance
from scpo.errors import InputError, RunError
from scpo.results.report_choice import ALWAYS, AUDIENCES, FORMATS, PARTS, SIZES, ReportChoice, choose
from scpo.results.reproduction import TOLERANCE
from scpo.settings import PROJECT_ROOT, Settings
from scpo.words import counted

app = typer.Typer()

MOST_SHOWN = 20
"""Differences that are written out; JSON has all."""

SECTIONS_HELP = (
    "Sections in order, comma separated: "
    + "; ".join(f"{part.key}: {part.holds}" for part in PARTS.values())
    + f". Without it the audience's own; {' and '.join(ALWAYS)} come last where they are not named."
)
AUDIENCE_HELP = "; ".join(f"{name}: {what}" for name, what in AUDIENCES.items()) + "."
SIZES_HELP = (
    "What figures in a zip are written as: "
    + "; ".join(f"{name}: {what}" for name, what in SIZES.items())
    + "; or all."
)


@app.command()
def report(
    study: Annotated[str, typer.Option("--study", help="Name of a study with finished runs.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="File to write.")],
    form: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; as FILE ends if not given.")
    ] = None,
    sections: Annotated[str | None, typer.Option("--sections", help=SECTIONS_HELP)] = None,
    audience: Annotated[str, typer.Option("--audience", help=AUDIENCE_HELP)] = "researcher",
    sizes: Annotated[str | None, typer.Option("--sizes", help=SIZES_HELP)] = None,
) -> None:
    """Write a study as a report: HTML, PDF, slides, or a zip with all three, figures, numbers and how to rerun it."""
    from scpo.results.reproduction import finished_of, scored_of
    from scpo.store.studies import read_study
    from scpo.work.room import REPORT_BYTES, need_room

    store, settings = store_and_settings()
    chosen = form or out.suffix.removeprefix(".").lower()
    if chosen not in FORMATS:
        raise InputError(f"no format {chosen!r}: end FILE with .zip, .html, .pdf or .pptx, or give --format")
    wanted = choose(
        None if sections is None else as_list(sections), audience, None if sizes is None else as_list(sizes)
    )
    if out.is_dir():
        raise InputError(f"{out} is a folder: name the file to write")
    if not out.absolute().parent.is_dir():
        raise InputError(f"there is no folder {out.absolute().parent} to write {out.name} into")
    need_room(out.absolute().parent, REPORT_BYTES, f"a report as {out.name}", place="write it to another disk")
    record = read_study(store, study)
    finished_of(store, scored_of(store, record), record)
    name, title = f"report-{study}-{os.getpid()}", f"report {study}.{chosen}"
    with following(store, settings, name, title, dataset=record.dataset, model=record.model) as follow:
        _write(settings, study, chosen, out.absolute(), wanted, follow)
    say(f"{out}: {out.stat().st_size / 2**20:.1f} MiB")


def _write(settings: Settings, study: str, form: str, out: Path, choice: ReportChoice, follow: Follower) -> None:
    """Have the screen's part draw and write, as a process of its own that says how far it is, line by line."""
    words = [sys.executable, "-m", "dashboard.report", study, form, str(out), choice.model_dump_json()]
    environment = {**settings.as_environment(), "OPENBLAS_NUM_THREADS": "1", "STREAMLIT_LOGGER_LEVEL": "error"}
    child = subprocess.Popen(words, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    said: dict[str, str] = {}
    try:
        for line in child.stdout or ():
            said = jsons.loads(line)
            if "stage" in said:
                follow(said["stage"], float(said["done"]), float(said["total"]), said["unit"])
        code = child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    if "error" in said:
        raise RunError(said["error"])
    if code:
        raise RunError("the report was not written: its messages are above")


@app.command()
def rerun(
    file: Annotated[Path, typer.Argument(help="A zip of `scpo report`.")],
    tolerance: Annotated[
        float, typer.Option(help="Numbers that are closer are the same.", callback=within(Tolerance))
    ] = TOLERANCE,
    json: Json = False,
) -> None:
    """Carry out the study of a report again, with the data here, and say which numbers differ from the report's."""
    from scpo.work.context import Work
    from scpo.work.rerun import rerun as carry_out

    store, settings = store_and_settings(writes=True)
    with Follower() as follow, StopRequest() as stop:
        found = carry_out(Work(store, settings, follow, stop), file, tolerance=tolerance)
    if json:
        print_json(
            {
                "study": found.study,
                "n_values": found.n_values,
                "tolerance": tolerance,
                "differences": [one._asdict() for one in found.differences],
                "remarks": found.remarks,
            }
        )
    else:
        for one in found.differences[:MOST_SHOWN]:
            typer.echo(f"{one.where}: {one.recorded} in the report, {one.found} here")
        if len(found.differences) > MOST_SHOWN:
            say(f"and {len(found.differences) - MOST_SHOWN:,} more: --json lists all")
        for remark in found.remarks:
            say(remark)
        verdict = f"{len(found.differences):,} differ" if found.differences else "all are the same"
        say(f"study {found.study}: {counted(found.n_values, 'value')} compared, {verdict} (tolerance {tolerance:g})")
    if found.differences:
        raise typer.Exit(1)
