"""Mend what is broken in a cache: rebuilt from what is kept, asked for again, or moved to quarantine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

from scpo.config import RunConfig
from scpo.errors import ScpoError
from scpo.jobs.control import ask_run
from scpo.jobs.queue import Queue
from scpo.settings import Settings
from scpo.store.broken import READERS
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.housekeeping import quarantine
from scpo.store.models import GlobalModelRecord, read_model
from scpo.store.runs import RunDirectory
from scpo.store.scores import ScoresInfo, read_scores_info
from scpo.store.studies import list_studies
from scpo.store.verify import verify
from scpo.work.register import rebuild

T = TypeVar("T")


class Mended(NamedTuple):
    """What became of something broken, in a sentence."""

    kind: str
    name: str
    mended: bool
    """Whether it is whole again, or comes back by itself."""

    said: str


def repair(store: Store, settings: Settings) -> list[Mended]:
    """Mend everything that `scpo.store.verify.verify` finds broken; what another version wrote stays where it is."""
    broken = dict.fromkeys((one.kind, one.name) for one in verify(store) if one.broken)
    order = {kind: place for place, kind in enumerate(("", "datasets", "models", "scores", "studies", "runs"))}
    entries = sorted(broken, key=lambda one: order.get(one[0], len(order)))
    return [_mend(store, settings, kind, name) for kind, name in entries]


def _mend(store: Store, settings: Settings, kind: str, name: str) -> Mended:
    entry = store.root / kind / name
    if kind == "datasets":
        return _dataset(store, settings, name)
    advice = _ADVICE.get(kind, lambda store, name: "")(store, name)
    config = _config(store, name) if kind == "runs" else None
    aside = f"moved to quarantine/{quarantine(store, entry)}"
    if config is not None:
        Queue(store).remove(name)
        ask_run(store, config)
        return Mended(kind, name, True, f"{aside}; it waits in the queue to be run again (`scpo worker` runs it)")
    if kind in READERS or kind in ("", "stars", "stars-of"):
        return Mended(kind, name, False, aside + advice)
    return Mended(kind, name, True, f"{aside}; it is computed again when it is asked for")


def _dataset(store: Store, settings: Settings, name: str) -> Mended:
    """Rebuild a data set beside the broken one; it takes its place if it is the same, or nothing is known of that."""
    entry = store.folder("datasets", name)
    known = _read_if_whole(load_info, store, name)
    advice = "; `scpo data add` adds it again"
    with tempfile.TemporaryDirectory(dir=store.root, prefix=".repair.") as folder:
        beside = Store(Path(folder))
        try:
            made = rebuild(beside, name, entry, settings, known=known)
        except (ScpoError, OSError) as error:
            return Mended("datasets", name, False, f"{_aside(store, entry)}; it cannot be rebuilt ({error}){advice}")
        if known is not None and made.key != known.key:
            return Mended("datasets", name, False, f"{_aside(store, entry)}; read again, its files say other{advice}")
        aside = _aside(store, entry)
        (beside.folder("datasets", name)).rename(entry)
    return Mended("datasets", name, True, f"rebuilt from what it was read from; the broken one was {aside}")


def _aside(store: Store, entry: Path) -> str:
    return f"moved to quarantine/{quarantine(store, entry)}"


def _config(store: Store, run_id: str) -> RunConfig | None:
    """Return what a run was asked for; None where the record itself is broken."""
    record = _read_if_whole(lambda store, name: RunDirectory(store, name).record(), store, run_id)
    return None if record is None or record.config.run_id != run_id else record.config


def _read_if_whole(read: Callable[[Store, str], T], store: Store, name: str) -> T | None:
    try:
        return read(store, name)
    except ScpoError:
        return None


def _scores_advice(store: Store, key: str) -> str:
    info: ScoresInfo | None = _read_if_whole(read_scores_info, store, key)
    named = "--data NAME --model NAME" if info is None else f"--data {info.dataset} --model {info.model}"
    return f"; `scpo score {named}` computes them again"


def _model_advice(store: Store, key: str) -> str:
    record: GlobalModelRecord | None = _read_if_whole(read_model, store, key)
    if record is None:
        return "; `scpo model train-global` trains it again"
    excluded = f" --exclude-countries {','.join(record.exclude_countries)}" if record.exclude_countries else ""
    return (
        f"; `scpo model train-global --data {record.dataset} --backbone {record.backbone} --name {record.name}"
        f"{excluded} --seed {record.seed}` with the same budget trains it again"
    )


def _run_advice(store: Store, run_id: str) -> str:
    study = next((one for one in list_studies(store) if run_id in one.runs), None)
    if study is None:
        return "; `scpo run` asks for it again"
    return f"; it belongs to the study {study.name}: asked for again, `scpo study` runs what is missing"


_ADVICE: dict[str, Callable[[Store, str], str]] = {
    "scores": _scores_advice,
    "models": _model_advice,
    "runs": _run_advice,
    "studies": lambda store, name: "; its runs stay: `scpo study` with the same choices writes it again",
    "externals": lambda store, name: "; `scpo model add` adds it again",
    "": lambda store, name: "; runs and their results stay, what waited is asked for again",
}
