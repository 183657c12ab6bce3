"""``scpo bench``: measure this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from json import dumps, loads
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer

from scpo.cli.console import print_json, print_table, say
from scpo.cli.options import Json, store_and_settings
from scpo.cli.serve import ONE_THREAD, start_dashboard
from scpo.errors import InputError, RunError
from scpo.settings import PROJECT_ROOT
from scpo.store.datasets import load_info

app = typer.Typer()


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@app.command()
def bench(
    what: Annotated[str, typer.Argument(help="training, preview, or screen.")] = "training",
    data: Annotated[str, typer.Option(help="Data set the texts come from.")] = "sample",
    model: Annotated[str, typer.Option(help="Global model, or a backbone with --new-head.")] = "sample-rm",
    new_head: Annotated[bool, typer.Option("--new-head", help="The model is an encoder without reward head.")] = False,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Measurements.")] = 1,
    sessions: Annotated[int, typer.Option(min=1, max=100, help="People at the screen.")] = 1,
    actions: Annotated[
        int | None, typer.Option(min=20, max=100_000, help="What they do, all together; 500 without --minutes.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(min=0.1, max=600, help="How long they stay.")] = None,
    pause: Annotated[
        float, typer.Option(min=0, max=60, help="Seconds a person waits before an action, on average.")
    ] = 0.0,
    runs: Annotated[
        bool, typer.Option("--runs", help="Some start and cancel runs, in a copy of the cache that is thrown away.")
    ] = False,
    json: Json = False,
) -> None:
    """Measure this machine: training and scoring against the reference's loop, sliders and previews, or the screen."""
    if what == "preview":
        _bench_preview(json)
        return
    if what == "screen":
        actions = 500 if actions is None and minutes is None else actions
        asked = {"sessions": sessions, "actions": actions, "minutes": minutes, "pause": pause}
        _bench_screen(data, model, asked, runs=runs, json=json)
        return
    if what != "training":
        raise InputError(f"there is no bench {what}: choose training, preview or screen")
    from scpo.model.bench import Bench, bench_table
    from scpo.model.bench import bench as measure
    from scpo.store.datasets import load_dataset
    from scpo.work.score import identify_model

    store, settings = store_and_settings()
    utterances = load_dataset(store, data).utterances
    turns = [
        (str(group["prompt"].iloc[0]), group["response"].tolist())
        for _, group in utterances.groupby("interaction_id", sort=True)
        if len(group) > 1
    ]
    location = identify_model(store, model, settings).location
    measured = measure(Bench(location, turns, settings.device, rounds, new_head))
    print_json([vars(row) for row in measured]) if json else typer.echo(bench_table(measured))


def _bench_preview(json: bool) -> None:
    from scpo.method.bench import bench_preview

    rows, failure = [dict(vars(row)) for row in bench_preview()], None
    try:
        rows += _own_process("dashboard.workbench.speed")
    except RunError as error:
        failure = error
    names = ("what", "milliseconds", "target", "n")
    if json:
        print_json(rows)
    else:
        print_table(["what", "ms, 95th percentile", "target, ms", "n"], [[row[name] for name in names] for row in rows])
    if failure is not None:
        raise failure


def _own_process(module: str, *words: str) -> Any:
    """Have the screen measure itself, as a process of its own, set up as `start_dashboard` sets it up."""
    environment = {**ONE_THREAD, **os.environ, "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RunError(f"the page could not be measured: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return loads(done.stdout)


MOST_MEGABYTES, MOST_MOVE = 600.0, 0.8
"""What the server may keep, and seconds a slider may take for 19 of 20 moves while 25 people are there."""


def _bench_screen(data: str, model: str, asked: dict[str, Any], *, runs: bool, json: bool) -> None:
    """Serve the cache, for reading only or a copy of it, let people act, and say what memory and time that took."""
    store, settings = store_and_settings()
    query = {"data": load_info(store, data).name, "model": model}
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        if runs:
            copy_cache(store.root, cache)
            settings = settings.model_copy(update={"cache_dir": cache})
        settings = settings.model_copy(update={"read_only": not runs})
        port = free_port()
        server = start_dashboard(port, "127.0.0.1", settings)
        try:
            where = {"address": f"http://127.0.0.1:{port}", "pid": server.pid, "query": query}
            where |= {"cache": str(cache)} if runs else {}
            found = _own_process("dashboard.visits.tour", dumps(where | asked))
        finally:
            _end(server)
    rows = screen_rows(found)
    if json:
        print_json({**asked, "rows": rows, **found})
        return
    cells = [[row["what"], f"{row['value']:.4g}", "-" if row["target"] is None else f"{row['target']:g}", row["n"]]
             for row in rows]  # fmt: skip
    print_table(["what", "value", "target", "n"], cells)
    for sentence, count in found["failed"].items():
        say(f"{count} x {sentence}")


NOT_COPIED = ("jobs.sqlite3*", "locks", "children")
"""What a cache has of work that waits or goes on: in a copy it would be carried out once more."""


def copy_cache(root: Path, to: Path) -> None:
    """Copy a cache without its queue.

    Raises
    ------
    StoreError
        If there is no room for it.
    """
    from scpo.work.room import bytes_of, need_room

    need_room(to, bytes_of(root), "a copy of the cache to start runs in", place="set TMPDIR to another disk")
    work = shutil.ignore_patterns(*NOT_COPIED)
    shutil.copytree(root, to, ignore=lambda folder, names: work(folder, names) if Path(folder) == root else set())


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server and everything that it has started: workers, too."""
    started = psutil.Process(server.pid).children(recursive=True) if server.poll() is None else []
    server.terminate()
    for one in started:
        with suppress(psutil.NoSuchProcess):
            one.terminate()
    for one in psutil.wait_procs(started, timeout=10)[1]:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    server.wait()


def screen_rows(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what `dashboard.visits.tour.measure` found as rows: what, value, target, n."""
    *sizes, rested = found["sizes"]
    n, move = found["actions"], found["took"].get("move", {"n": 0, "p95": float("nan")})
    megabytes = [one["megabytes"] for one in sizes]
    rows = [
        {"what": "memory at the end, MB", "value": megabytes[-1], "target": MOST_MEGABYTES, "n": n},
        {"what": "highest memory, MB", "value": max(megabytes), "target": MOST_MEGABYTES, "n": n},
    ]
    for quarter in range(5):
        at = min(sizes, key=lambda one: abs(one["seconds"] - quarter / 4 * sizes[-1]["seconds"]))
        what = f"memory after {quarter} of 4 quarters, MB, of which {at['drawing']:.0f} draw"
        rows.append({"what": what, "value": at["megabytes"], "target": None, "n": at["actions"]})
    half = megabytes[len(megabytes) // 2 :]
    rows += [
        {"what": "growth in the second half, MB", "value": half[-1] - half[0], "target": None, "n": n // 2},
        {"what": "memory after a rest, MB", "value": rested["megabytes"], "target": MOST_MEGABYTES, "n": n},
        {"what": "a slider's move, 95th percentile, s", "value": move["p95"], "target": MOST_MOVE, "n": move["n"]},
        {"what": "processor time of an action, s", "value": found["processor"] / n, "target": None, "n": n},
        {"what": "actions that failed", "value": sum(found["failed"].values()), "target": 0, "n": n},
        {"what": "errors shown on pages", "value": found["errors"], "target": 0, "n": n},
    ]
    if found["runs"] is None:
        return rows
    started = found["runs"]["started"]
    return rows + [
        {"what": f"runs: {what}", "value": count, "target": 0 if what in NEVER else None, "n": started}
        for what, count in found["runs"].items()
    ]


NEVER = ("failed", "lost", "no record")
"""What should become of no run."""
