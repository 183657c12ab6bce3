"""``scpo demo`` and ``scpo dashboard``: start the screen; ``scpo doctor``: look at the machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from scpo import config
from scpo.cli.console import print_json, print_table, say
from scpo.cli.listening import Access, access, roles_words
from scpo.cli.options import Json, store_and_settings, within
from scpo.errors import BrokenError, InputError, RunError
from scpo.jobs import detached
from scpo.settings import PROJECT_ROOT, Settings
from scpo.store.cache import Store

app = typer.Typer()

Port = Annotated[int, typer.Option("--port", help="Port of the dashboard.", callback=within(config.Port))]
Host = Annotated[str, typer.Option("--host", help="Address it listens on; others than this machine need a login.")]
AllowHost = Annotated[
    list[str] | None,
    typer.Option("--allow-host", help="Another name that it is opened by, such as a proxy's; may be repeated."),
]
NoLogin = Annotated[bool, typer.Option("--no-login", help="Nobody logs in, whoever can reach it.")]
RolesFile = Annotated[Path | None, typer.Option("--roles", help="TOML file: who may do what once people log in.")]
Secrets = Annotated[Path | None, typer.Option("--secrets", help="TOML file with the login, [auth].")]
FIRST_PAGE_SECONDS = 60
SAMPLE_STUDY = "paper-sample-sample-rm"
SAMPLE_PRESET = "sliders"
SAMPLE_SURVEY = "sample-opinions"
DEMO_WORK = (
    "score --data sample --model sample-rm",
    f"score --data {SAMPLE_SURVEY} --model sample-rm",
    f"study --data sample --model sample-rm --preset {SAMPLE_PRESET} --name {SAMPLE_STUDY} --here",
    f"opinions --data {SAMPLE_SURVEY} --model sample-rm --study {SAMPLE_STUDY} --score",
)
"""Commands that make what the demo shows; what is there already is not made again."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
"""Runs work beside the screen: BLAS threads that wait for each other there make a slider move many times as slow."""

FREES_MEMORY = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""Pages are drawn by threads of their own: with a heap each, and with Arrow's, the server keeps what it has freed."""


@app.command()
def demo(port: Port = 8501, host: Host = "localhost", no_login: NoLogin = False) -> None:
    """Prepare the sample (once), start the dashboard and the sample's study and survey in the background."""
    store, settings = store_and_settings()
    who = access(host, no_login=no_login, read_only=settings.read_only, secrets=None)
    settings = settings.model_copy(update={"login": who.login})
    _say_who(who, settings)
    server = start_dashboard(port, host, settings)
    if settings.read_only:
        say("read-only: the sample's study is not started")
    elif not (sample_study_is_complete(store) and sample_survey_is_scored(store)):
        start_demo_work(store.root)
    say(f"The dashboard is at http://{host}:{port} - Ctrl-C stops it; the study goes on in the background.")
    sys.exit(wait_for(server))


@app.command()
def dashboard(
    port: Port = 8501,
    host: Host = "localhost",
    read_only: Annotated[bool, typer.Option("--read-only", help="Show, never start or change anything.")] = False,
    allow_host: AllowHost = None,
    no_login: NoLogin = False,
    secrets: Secrets = None,
    roles: RolesFile = None,
) -> None:
    """Start the dashboard."""
    from scpo.jobs.control import ensure_supervisor

    store, settings = store_and_settings()
    read_only = read_only or settings.read_only
    who = access(host, no_login=no_login, read_only=read_only, secrets=secrets)
    settings = settings.model_copy(
        update={"read_only": read_only, "login": who.login, "roles": roles or settings.roles}
    )
    _say_who(who, settings)
    server = start_dashboard(port, host, settings, secrets=secrets, allow_hosts=allow_host or ())
    try:
        ensure_supervisor(store, settings)
    except BrokenError as error:
        say(f"{error}; until then nothing that waits is carried out")
    say(f"The dashboard is at http://{host}:{port} - Ctrl-C stops it.")
    sys.exit(wait_for(server))


def _say_who(who: Access, settings: Settings) -> None:
    """Say who may see the dashboard, and what each may do; a roles file that is broken is refused."""
    for sentence in (*who.follows, *(roles_words(settings) if who.login else ())):
        say(sentence)


def sample_study_is_complete(store: Store) -> bool:
    """Say whether every run of the sample's study, as it is asked for now, has succeeded; loads nothing that trains."""
    from scpo.store.runs import list_runs
    from scpo.store.studies import PRESETS, prepared_study

    try:
        study = prepared_study(store, SAMPLE_STUDY)
    except BrokenError:
        study = None
    if study is None:
        return False
    done = {record.run_id for record in list_runs(store) if record.status == "succeeded"}
    return study.plan == PRESETS[SAMPLE_PRESET] and done >= set(study.runs)


def sample_survey_is_scored(store: Store) -> bool:
    """Say whether the sample's global model and all runs of its study have scored the options of its survey."""
    from scpo.store.datasets import load_info
    from scpo.store.models import run_model_key
    from scpo.store.scores import list_scores
    from scpo.store.studies import read_study

    if SAMPLE_SURVEY not in store.names("datasets"):
        return False
    study = read_study(store, SAMPLE_STUDY)
    scored = {found.model_key for _, found in list_scores(store, load_info(store, SAMPLE_SURVEY))}
    return scored >= {study.model_key, *map(run_model_key, study.runs)}


def start_demo_work(cache: Path) -> subprocess.Popen[bytes]:
    """Start `demo-work` as a process of its own that outlives this one."""
    # Two threads: the model is so small that more only wait for each other.
    environment = {"OMP_NUM_THREADS": "2", **os.environ}
    return detached.start(detached.scpo("demo-work"), log=cache / "sample-study.log", environment=environment)


@app.command("demo-work", hidden=True)
def demo_work() -> None:
    """Make what the demo shows, one command after the other; the first that fails ends it."""
    for words in DEMO_WORK:
        code = subprocess.run(detached.scpo(*words.split())).returncode
        if code:
            sys.exit(code)


def start_dashboard(
    port: int, host: str, settings: Settings, *, secrets: Path | None = None, allow_hosts: Sequence[str] = ()
) -> subprocess.Popen[bytes]:
    """Start the Streamlit server and return when it answers; by `allow_hosts` it may be opened too.

    Raises
    ------
    InputError
        If the port is taken.
    RunError
        If the server does not come up.
    """
    if _answers(host, port):
        raise InputError(f"something is listening on {host}:{port} already: choose another --port, or open that page")
    environment = {**ONE_THREAD, **FREES_MEMORY, **os.environ}
    environment |= settings.as_variables()
    command = [sys.executable, "-m", "dashboard.serve", host, str(port)]
    command += [] if secrets is None else [str(secrets.absolute())]
    command += [f"--allow-host={name}" for name in allow_hosts]
    server = subprocess.Popen(command, cwd=PROJECT_ROOT / "dashboard", env=environment, stdout=subprocess.DEVNULL)
    began = time.monotonic()
    while not _answers(host, port):
        if server.poll() is not None or time.monotonic() - began > FIRST_PAGE_SECONDS:
            server.terminate()
            raise RunError(f"the dashboard did not start on {host}:{port}: its messages are above")
        time.sleep(0.1)
    return server


def wait_for(server: subprocess.Popen[bytes]) -> int:
    """Wait for the server; Ctrl-C, and TERM which interrupts as it does, end it."""
    try:
        return server.wait()
    except KeyboardInterrupt:
        server.terminate()
        return server.wait()


def _answers(host: str, port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/_stcore/health", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except (urllib.error.URLError, OSError):
        return False


@app.command()
def doctor(json: Json = False) -> None:
    """Say what the engine finds on this machine: versions, device, cache, hub settings."""
    from importlib.metadata import version

    from scpo.model.batching import resolve_device
    from scpo.store.run_record import PACKAGES

    store, settings = store_and_settings()
    facts = {
        **{package: version(package) for package in (*PACKAGES, "streamlit", "altair")},
        "device": str(resolve_device(settings.device)),
        "cache": str(store.root),
        "datasets": len(store.names("datasets")),
        "runs": len(store.names("runs")),
        "offline": settings.offline,
        "read_only": settings.read_only,
        "hub_token": settings.hf_token is not None,
    }
    print_json(facts) if json else print_table(["what", "found"], [[key, value] for key, value in facts.items()])
