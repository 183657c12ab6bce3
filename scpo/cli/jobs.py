"""``scpo worker``, ``cancel``, ``resume`` and ``rm``: work in the queue."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scpo.cli.console import print_json, say
from scpo.cli.options import Json, store_and_settings, within
from scpo.cli.stopping import StopRequest
from scpo.config import Seconds
from scpo.errors import InputError
from scpo.jobs.launchers import Launcher
from scpo.settings import Settings
from scpo.store.cache import Store

app = typer.Typer()

JobId = Annotated[str, typer.Argument(help="A run's id, or study-NAME for a study.")]


@app.command()
def worker(
    until_idle: Annotated[
        float | None,
        typer.Option(
            "--until-idle", help="End after so many seconds without work; never if not given.", callback=within(Seconds)
        ),
    ] = None,
    launcher: Annotated[
        str | None, typer.Option(help="local, or ray: a Ray cluster at SCPO_RAY_ADDRESS. [default: SCPO_LAUNCHER]")
    ] = None,
) -> None:
    """Carry out what waits in the queue, one job per GPU or one on the CPU; jobs outlive this process."""
    from scpo.jobs.supervisor import Supervisor

    store, settings = store_and_settings(writes=True)
    if launcher is not None:
        settings = settings.model_copy(update={"launcher": _known_launcher(launcher)})
    with StopRequest(say="the worker stops; what runs goes on, what waits is kept") as stop:
        alone = Supervisor(store, _launcher(store, settings)).run(until_idle=until_idle, should_stop=stop)
    if not alone:
        say("another worker looks after this cache already")


def _known_launcher(name: str) -> str:
    if name not in ("local", "ray"):
        raise InputError(f"there is no launcher {name}: choose local or ray")
    return name


def _launcher(store: Store, settings: Settings) -> Launcher:
    if settings.launcher == "ray":
        from scpo.jobs.launchers.ray import RayLauncher

        return RayLauncher(store, settings)
    from scpo.jobs.launchers.local import LocalLauncher

    return LocalLauncher(store, settings)


@app.command("work-on", hidden=True)
def work_on(job_id: str, token: Annotated[str, typer.Option()]) -> None:
    """Carry out one claimed job in this process; the worker starts this."""
    store, settings = store_and_settings(writes=True)
    with StopRequest() as stop:
        from scpo.work.context import Work
        from scpo.work.worker import work_on as carry_out  # takes seconds, and is asked to stop as well

        state = carry_out(Work(store, settings, stop=stop), job_id, token)
    sys.exit(1 if state == "failed" else 0)


@app.command()
def cancel(job: JobId, json: Json = False) -> None:
    """Take a run out of the queue, or stop it after its step; what it has done is kept. study-NAME: all its runs."""
    from scpo.jobs import control as jobs
    from scpo.jobs.signs import STUDY_PREFIX
    from scpo.jobs.studies import cancel_study

    store, _ = store_and_settings(writes=True)
    if job.startswith(STUDY_PREFIX):
        ended = cancel_study(store, job.removeprefix(STUDY_PREFIX))
        print_json({"job": job, **ended._asdict()}) if json else say(f"{job}: {ended.words}")
        return
    found = jobs.cancel(store, job)
    words = "cancelled" if found.state == "cancelled" else "asked to stop after its step"
    print_json({"job": job, "state": found.state, "stop_requested": found.stop_requested}) if json else say(
        f"{job}: {words}"
    )


@app.command()
def resume(job: JobId) -> None:
    """Queue a lost, failed or cancelled run again; it goes on from its last checkpoint."""
    from scpo.jobs import control as jobs

    store, settings = store_and_settings(writes=True)
    jobs.resume(store, job)
    jobs.ensure_supervisor(store, settings)
    say(f"{job}: queued")


@app.command()
def rm(run: Annotated[str, typer.Argument(help="A run's id.")]) -> None:
    """Delete a run that is not worked on, with all it has computed."""
    from scpo.jobs import control as jobs

    store, _ = store_and_settings(writes=True)
    jobs.remove(store, run)
    say(f"run {run} is deleted")
