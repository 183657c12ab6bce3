"""The queue in words: states, titles, devices, and what may be done with a run. Pure functions."""

from __future__ import annotations

import pandas as pd

from dashboard.kit import text, theme
from scpo.jobs.devices import Device
from scpo.results import BusyStudy
from scpo.store.runs import RunRecord

STATUSES = {
    "running": "Running",
    "queued": "Waiting",
    "lost": "Lost",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "succeeded": "Finished",
}
"""States in the order of titles and filters."""

SIGNS = {"running": "▶", "queued": "◷", "lost": "?", "failed": "✕", "cancelled": "■", "succeeded": "✓"}
BY_HAND = "This run was started by hand: stop it where it was started."
LOST = "Its process ended without a word: a power cut or a kill. Resume it: it goes on from its last checkpoint."


HOW = {
    "loss": "**Loss**: weighted Bradley-Terry loss of the pairs of one step, before the step. The thick line is the "
    "mean of each step and the ones before it; the thin one is every step. Losses of settings with different weights "
    "cannot be compared.",
    "curve": "**Accuracies while training** are measured on the country's test users and change nothing in the "
    "training. They must not choose the number of steps: that would be a choice on the test users.",
    "rate": "**Learning rate**: it rises linearly over the warm-up, then falls linearly to 0.",
    "memory": "**Memory**: what the process holds, of the GPU's memory or, on the CPU, of main memory.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""


def status_words(row: pd.Series) -> str:
    """Write the state of a run: ``◷ Waiting · 3`` for the third in the queue."""
    status = row["status"]
    if status == "running" and row["stopping"]:
        return f"{SIGNS[status]} Stopping"
    words = f"{SIGNS[status]} {STATUSES[status]}"
    if status != "queued":
        return words
    if pd.notna(row["place"]):
        return f"{words} · {int(row['place'])}"
    return f"{SIGNS[status]} Starting" if row["job"] == "running" else words


def title(work: pd.DataFrame) -> str:
    """Count the work by state: ``2 running, 14 waiting, 120 finished``."""
    counts = work["status"].value_counts()
    parts = [f"{counts[status]:,} {word.lower()}" for status, word in STATUSES.items() if counts.get(status, 0)]
    return ", ".join(parts) if {"running", "queued"} & set(counts.index) else f"Nothing is running: {', '.join(parts)}"


def setting(row: pd.Series) -> str:
    """Write what a run trains, or that it is the preparation of a study."""
    if row["kind"] == "study":
        return f"Preparation of study {row['study']}"
    return text.setting_label(row["method"], row["tau"], row["beta"]) + (
        ", last layer only" if row["last_layer"] else ""
    )


def result(metrics: pd.DataFrame, country: str) -> str:
    """Write both accuracies of a finished run on the test users of its country."""
    own = metrics[metrics["tested_on"] == country]
    parts, few = [], False
    for subset in theme.SUBSETS:
        for _, row in own[own["subset"] == subset].iterrows():
            parts.append(_measured(row))
            few = few or bool(row["n_users"] < text.FEW_USERS)
    if not parts:
        return "Its country has no test pairs."
    doubt = " Too few users for a verdict." if few else ""
    level = text.level_name(float(own["level"].iloc[0]))
    return f"On the test users of its country, {level} intervals: {'; '.join(parts)}.{doubt}"


def run_title(row: pd.Series) -> str:
    """Name a run and say what it is doing."""
    state = STATUSES[row["status"]].lower()
    if row["kind"] == "study":
        return f"{setting(row)}: {state}"
    return f"{row['name']}, {setting(row)}, seed {int(row['seed'])}: {state}"


def state_sentence(row: pd.Series) -> str:
    """Say in a sentence how far a run is, or how it ended."""
    status = row["status"]
    if status == "running":
        how_far = progress(row)
        return f"Asked to stop: it saves after its step. {how_far}" if row["stopping"] else how_far
    if status == "queued":
        return queued(row)
    if status == "succeeded":
        took = f" in {text.span(row['seconds'])}" if pd.notna(row["seconds"]) else ""
        return f"Finished{took} at {text.moment(row['finished_at'])}."
    if row["error"]:
        return str(row["error"])
    return LOST if status == "lost" else f"{STATUSES[status]} without a reason given."


def progress(row: pd.Series) -> str:
    """Write how far the present stage is, and when all of it ends."""
    if pd.isna(row["total"]):
        return "It does not say how far it is."
    amount = f"{row['done']:,.0f} of {row['total']:,.0f} {row['unit']}".strip()
    return f"{row['stage']}: {amount}. {_end(row)}".strip()


def queued(row: pd.Series) -> str:
    """Write the place of a run that waits, and when its turn comes."""
    if pd.isna(row["place"]):
        return f"Its process is starting. {_end(row)}"
    turn = f": its turn comes in about {text.span(row['starts_in'])}" if row["starts_in"] > 0 else ""
    return f"Place {int(row['place'])} in the queue{turn}. {_end(row)}".strip()


def _end(row: pd.Series) -> str:
    if pd.notna(row["ends_in"]):
        return f"The run ends in about {text.span(row['ends_in'])}."
    stage = f"This stage ends in about {text.span(row['eta_seconds'])}. " if pd.notna(row["eta_seconds"]) else ""
    if row["kind"] == "study":
        return stage.strip()
    return f"{stage}When the run ends is known once one like it has finished here."


def ends_in(row: pd.Series) -> str:
    """Write for the table when a run that works or waits ends; nothing of one that has ended."""
    if row["status"] not in ("running", "queued"):
        return ""
    if pd.notna(row["ends_in"]):
        return f"about {text.span(row['ends_in'])}"
    return "not known yet" if pd.isna(row["eta_seconds"]) else f"more than {text.span(row['eta_seconds'])}"


def cancelling(study: BusyStudy) -> str:
    """Say what becomes of a study's runs if it is cancelled."""
    parts = ["Its preparation stops."] if study.preparing else []
    if study.waiting:
        parts.append(f"{text.count(study.waiting, 'waiting run does', 'waiting runs do')} not begin.")
    if study.running:
        parts.append(f"{text.count(study.running, 'run stops after its step and saves', 'runs stop and save')}.")
    kept = text.count(study.finished, "finished run is", "finished runs are")
    return f"{' '.join(parts)} {kept} kept. Asked for again, it goes on with what is missing."


def device(one: Device, *, asked: str = "auto") -> str:
    """Write what a device is and how busy it is."""
    if one.slot == "cpu":
        why = "SCPO_DEVICE asks for the CPU" if asked == "cpu" else "No GPU"
        return f"{why}: runs take place on the CPU, one at a time."
    if one.memory_used is None or one.memory_total is None:
        return f"{one.slot}: the driver does not say more about it; one run at a time."
    busy = "" if one.utilisation is None else f", {100 * one.utilisation:.0f}{text.NBSP}% busy"
    memory = f"{one.memory_used / 2**30:.1f} of {text.gibibytes(one.memory_total)}"
    return f"{one.slot} {one.name}: {memory} in use{busy}; one run at a time."


def waiting(work: pd.DataFrame, seconds: float | None) -> str:
    """Say how long the queue takes; empty if nothing waits."""
    number = int((work["status"] == "queued").sum())
    if not number:
        return ""
    known = "how long is known once runs like them have finished"
    if seconds is not None:
        known = f"about {text.span(seconds)} until all have ended"
    return f"{text.count(number, 'job')} {'waits' if number == 1 else 'wait'}: {known}."


def allowed(row: pd.Series) -> dict[str, bool]:
    """Return which actions make sense for a run in its state."""
    run, status = row["kind"] == "run", row["status"]
    return {
        "cancel": status in ("queued", "running") and row["job"] in ("queued", "running") and not row["stopping"],
        "resume": status in ("lost", "failed", "cancelled"),
        "clone": run,
        "remove": run and status != "running",
    }


def loss_title(curve: pd.DataFrame) -> str:
    """Say where the smoothed loss began and where it is."""
    first, last = curve["smooth"].iloc[0], curve["smooth"].iloc[-1]
    if len(curve) == 1:
        return f"Loss {first:.3f} at its only step, {int(curve['step'].iloc[0])}"
    return f"Loss {first:.3f} at step {int(curve['step'].iloc[0])}, {last:.3f} at step {int(curve['step'].iloc[-1])}"


def accuracy_title(evaluations: pd.DataFrame) -> str:
    """Say both accuracies and the excess of the last evaluation with their intervals and samples."""
    last = evaluations[evaluations["step"] == evaluations["step"].max()]
    parts = [_measured(row) for _, row in last.iterrows()]
    return f"At step {int(evaluations['step'].max())}: {'; '.join(parts)}"


def _measured(row: pd.Series) -> str:
    value = text.difference_estimate(row) if row["subset"] == "excess" else text.share_estimate(row)
    return f"{theme.SUBSETS[row['subset']].label.lower()} {value} ({text.sample_text(row)})"


def facts(row: pd.Series, record: RunRecord | None) -> dict[str, str]:
    """Return what a run rests on: pairs, users, device, moments."""
    if record is None:
        return {"Data": str(row["dataset"]), "Global model": str(row["model"]), "Asked": text.moment(row["asked_at"])}
    pairs, worth = "not chosen yet", text.UNKNOWN
    if record.n_kept is not None:
        pairs = f"{record.n_kept:,} kept of {record.n_train:,}, {text.count(record.n_train_users or 0, 'user')}"
        worth = text.count(round(record.effective_sample_size or 0), "pair")
    return {
        "Data": f"{row['dataset']} · {row['model']}",
        "Study": row["study"] or "none",
        "Training pairs": pairs,
        "Effective sample size": worth,
        "Device": row["device"] or "none yet",
        "Asked": text.moment(row["asked_at"]),
        "Started": text.moment(row["started_at"]) if row["started_at"] else "not yet",
    }
