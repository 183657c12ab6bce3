"""Checks by their causes: found in the store, or computed and kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scpo.config import EvaluationConfig, content_key
from scpo.errors import InputError, StoreError
from scpo.results.calibration import load_calibration
from scpo.results.checks.context import CheckContext, OnProgress
from scpo.results.checks.document import CheckDocument, family_of
from scpo.results.checks.table import CHECKS, Check
from scpo.results.preview import Previewer
from scpo.store.cache import Store
from scpo.store.scored import FinishedRun, Scored

KIND = "checks"


def known_check(name: str) -> Check:
    """Return the row of a check, or raise InputError."""
    if name not in CHECKS:
        raise InputError(f"no check {name!r}: known are {', '.join(CHECKS)}")
    return CHECKS[name]


def check_key(scored: Scored, runs: Sequence[FinishedRun], name: str, *, level: float, repeats: int, seed: int) -> str:
    """Name a check by its causes; the runs are those that may have calibrated the ridge."""
    causes = {
        "check": name,
        "algorithm_version": CHECKS[name].version,
        "scored": scored.key,
        "runs": sorted(run.run_id for run in runs),
        "level": level,
        "repeats": repeats,
        "seed": seed,
    }
    return content_key("check", causes)


def check_keys(store: Store, scored: Scored, runs: Sequence[FinishedRun], *, level: float = 0.95) -> list[str]:
    """Return the causes of the checks that `find_check` finds, without reading them."""
    there = set(store.names(KIND))
    keys = (check_key(scored, runs, name, level=level, repeats=CHECKS[name].repeats, seed=0) for name in CHECKS)
    return [key for key in keys if key in there]


def find_check(
    store: Store, scored: Scored, runs: Sequence[FinishedRun], name: str, *, level: float = 0.95
) -> CheckDocument | None:
    """Return a check with its own number of repeats and seed 0 if it has been computed, else None; quick."""
    check = known_check(name)
    key = check_key(scored, runs, name, level=level, repeats=check.repeats, seed=0)
    path = store.folder(KIND, key) / "result.json"
    try:
        return _opened(store.read_json(path, what=f"check {name}")) if path.is_file() else None
    except StoreError:
        return None  # asked for again, it is computed again


def load_check(
    store: Store,
    scored: Scored,
    runs: Sequence[FinishedRun],
    name: str,
    *,
    level: float = 0.95,
    repeats: int | None = None,
    seed: int = 0,
    on_progress: OnProgress = lambda done, total: None,
    save: bool = True,
) -> CheckDocument:
    """Read or compute a check over all communities that have a finished run; before any run, over all there are.

    Parameters
    ----------
    runs : sequence of FinishedRun
        All finished runs of the data set and global model: they calibrate lambda.
    name : str
        Of `CHECKS`.
    level : float, in (0, 1)
        Confidence level of the intervals.
    repeats : int, optional
        Random repeats; the check's own number if not given.
    on_progress : callable
        What it raises ends the computation, and nothing is kept.
    save : bool
        Whether a new result is kept.

    Raises
    ------
    InputError
        If there is no such check, the repeats are too few, or no community has training and test pairs.
    """
    check = known_check(name)
    n_repeats = check.repeats if repeats is None else repeats
    if n_repeats < check.fewest_repeats:
        raise InputError(f"check {name} needs at least {check.fewest_repeats} repeats, got {n_repeats}")

    def computed() -> dict[str, Any]:
        previewer = Previewer(
            scored, EvaluationConfig(level=level, seed=seed), sorted({run.config.country for run in runs})
        )
        if not previewer.countries:
            raise InputError(f"{scored.info.name} has no community with training and test pairs: nothing to check")
        calibration = load_calibration(store, previewer, runs, save=save)
        context = CheckContext(previewer, calibration, n_repeats, seed, on_progress)
        found = check.measure(context)
        return CheckDocument(
            check=name,
            question=check.question,
            dataset=scored.info.name,
            model=scored.scores.info.model,
            level=level,
            repeats=n_repeats,
            seed=seed,
            family=family_of(found.rows),
            rows=found.rows,
            left_out=found.left_out,
            about=found.about,
            notes=found.notes,
            conclusion=check.conclude(found.rows),
        ).model_dump(mode="json")

    key = check_key(scored, runs, name, level=level, repeats=n_repeats, seed=seed)
    return _opened(store.kept(KIND, key, computed, save=save))


def _opened(written: Any) -> CheckDocument:
    """Return a document that was kept, in the words of now: what it found is in its rows."""
    found = CheckDocument.model_validate(written)
    check = known_check(found.check)
    return found.model_copy(update={"question": check.question, "conclusion": check.conclude(found.rows)})
