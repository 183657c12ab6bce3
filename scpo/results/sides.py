"""What can be compared on the test pairs of a data set: the global model, settings, countries' models, runs, models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, Self

import numpy as np

from scpo.arrays import FloatArray, IndexArray
from scpo.config import RunConfig
from scpo.errors import InputError
from scpo.measures.evaluation import CountryModel
from scpo.method import objective
from scpo.methods import EXTERNAL_PREFIX, TRAINING_UNKNOWN, point_id, setting_id
from scpo.results.external import load_externals
from scpo.store.cache import Store
from scpo.store.externals import list_externals
from scpo.store.scored import FinishedRun, Scored, group_runs
from scpo.store.scores import ScoresInfo, labels, list_scores, read_scores

Kind = Literal["global", "setting", "country", "run", "model"]

GLOBAL = "global"
"""Key of the global model."""

MODEL = "model:"
"""Beginning of the key of another model that has scored the same data set."""


class Basis(NamedTuple):
    """What two runs must share to be paired; `BASES` says it in words."""

    dataset_key: str
    model_key: str
    context: str

    @classmethod
    def of(cls, config: RunConfig) -> Self:
        """Return what a run is measured on."""
        return cls(config.dataset_key, config.model_key, config.encoding.context)


BASES = ("data set (or its split into users)", "global model", "context")


def check_alike(named: Mapping[str, Basis]) -> None:
    """Refuse to pair what was not measured on the same pairs; names are as the sentence calls them.

    Raises
    ------
    InputError
        If two of them differ; it says in what.
    """
    one, *others = named
    for other in others:
        differing = [what for what, *both in zip(BASES, named[one], named[other], strict=True) if both[0] != both[1]]
        if differing:
            raise InputError(
                f"{one} and {other} differ in {' and '.join(differing)}: only what is measured on the same test pairs "
                "of the same users, against the same global model, can be paired"
            )


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison: a model, or a setting's models, each for the pairs of its own community.

    Attributes
    ----------
    key : str
        ``global``; ``scpo|0.7|1.1``, a setting; ``CHL|scpo|0.7|1.1``, its model of one community (seeds averaged);
        the id of a run; ``model:NAME``.
    kind : {"global", "setting", "country", "run", "model"}
    name : str
        The model's, where it has one; the setting's key otherwise.
    models : tuple of CountryModel
        What was finetuned: several for a setting, none for the global model and other scored ones.
    configs : tuple of RunConfig
        Of the runs of `models`.
    """

    key: str
    kind: Kind
    name: str
    models: tuple[CountryModel, ...] = ()
    configs: tuple[RunConfig, ...] = ()
    read_gap: Callable[[], FloatArray] | None = field(default=None, repr=False)
    about: Mapping[str, Any] = field(default_factory=dict)
    """Configuration of a model that has no runs here."""

    @cached_property
    def gap(self) -> FloatArray:
        """Return the gaps of the one model, shape (n_runs, n_test_pairs); a setting has no one model."""
        if self.read_gap is not None:
            return np.atleast_2d(self.read_gap())
        (model,) = self.models
        return model.gap

    @property
    def trained_for(self) -> tuple[str, ...] | None:
        """Return the communities it was trained for; None for everybody, or where it is not known."""
        return tuple(sorted(model.trained_for for model in self.models)) if self.models else None

    @property
    def runs(self) -> tuple[str, ...]:
        """Return the ids of its runs."""
        return tuple(run for model in self.models for run in model.runs)

    def on(self, community: str, rows: IndexArray) -> FloatArray | None:
        """Return its gaps on the test pairs of a community, shape (n_runs, n_pairs).

        Parameters
        ----------
        rows : ndarray of int, shape (n_pairs,)
            Positions of the community's pairs among the test pairs.

        Returns
        -------
        ndarray or None
            None where a setting has no model of the community.
        """
        if self.kind != "setting":
            return self.gap[:, rows]
        own = next((model for model in self.models if model.trained_for == community), None)
        return None if own is None else own.gap[:, rows]

    def mean_gap(self, rows: Mapping[str, IndexArray]) -> FloatArray:
        """Return one gap per test pair, the mean over runs; NaN where it has none.

        Parameters
        ----------
        rows : mapping
            Positions of each community's pairs among the test pairs.
        """
        if self.kind != "setting":
            return self.gap.mean(axis=0)
        found = np.full(self.models[0].gap.shape[1], np.nan)
        for community, where in rows.items():
            gaps = self.on(community, where)
            if gaps is not None:
                found[where] = gaps.mean(axis=0)
        return found


def offered_sides(scored: Scored, runs: Sequence[FinishedRun], store: Store | None = None) -> dict[str, Side]:
    """Return everything that can be compared on the test pairs of a scored data set, by key.

    Parameters
    ----------
    runs : sequence of FinishedRun
        All that belong to `scored`.
    store : Store, optional
        Where the scores of other models lie; their rewards are read when they are asked for.

    Returns
    -------
    dict of str to Side
        The global model, settings, models of single communities, other scored models, single runs. Settings of one
        community that differ in the training only are numbered, as on the pages.
    """
    gap = scored.test_pairs["gap"].to_numpy()
    by_id = {run.run_id: run for run in runs}
    settings: dict[str, list[CountryModel]] = {}
    named: list[tuple[str, CountryModel]] = []
    seen: Counter[tuple[str, str]] = Counter()
    elsewhere = () if store is None else load_externals(store, scored).models
    for model in (*group_runs(runs), *elsewhere):
        one = model.objective
        plain = model.trained_for, setting_id(one.method, one.tau, one.beta)
        seen[plain] += 1
        method = one.method if seen[plain] == 1 else f"{one.method}#{seen[plain]}"
        method = method if model.external is None else f"{EXTERNAL_PREFIX}{model.external}"
        key = setting_id(method, one.tau, one.beta)
        settings.setdefault(key, []).append(model)
        named.append((key, model))

    def of(models: Iterable[CountryModel]) -> tuple[RunConfig, ...]:
        return tuple(by_id[run].config for model in models if model.external is None for run in model.runs)

    found = [_without_runs(GLOBAL, "global", scored, scored.scores.info, lambda: gap)]
    found += [
        Side(key, "setting", key, tuple(models), of(models), about=_unknown(models[0]))
        for key, models in settings.items()
    ]
    found += [
        Side(point_id(one.trained_for, key), "country", key, (one,), of([one]), about=_unknown(one))
        for key, one in named
    ]
    if store is not None:
        found += _other_models(store, scored)
    found += [
        Side(run, "run", key, (_alone(model, place),), (by_id[run].config,))
        for key, model in named
        if model.external is None
        for place, run in enumerate(model.runs)
    ]
    return {side.key: side for side in found}


def _unknown(model: CountryModel) -> dict[str, Any]:
    """Return what stands for the configuration of a model from elsewhere; nothing for ours, which have theirs."""
    return {} if model.external is None else {"model": model.external, "training": TRAINING_UNKNOWN}


def _alone(model: CountryModel, place: int) -> CountryModel:
    """Return one run of a model."""
    one = slice(place, place + 1)
    return CountryModel(model.trained_for, model.objective, model.runs[one], model.gap[one], model.training)


def _without_runs(
    key: str, kind: Kind, scored: Scored, info: ScoresInfo, read_gap: Callable[[], FloatArray], *, name: str = ""
) -> Side:
    about = {
        "dataset": scored.info.name,
        "dataset_key": scored.info.key,
        "model": info.model,
        "model_key": info.model_key,
        "encoding": info.encoding.as_json(),
    }
    return Side(key, kind, name or info.label, read_gap=read_gap, about=about)


def _other_models(store: Store, scored: Scored) -> list[Side]:
    """Return the other models that have scored the data set, each with its newest scores."""
    test = scored.test_pairs
    rows = test["chosen"].to_numpy(), test["rejected"].to_numpy()

    def reader(key: str) -> Callable[[], FloatArray]:
        def read() -> FloatArray:
            reward = read_scores(store, key).reward
            return np.asarray(objective.gap(reward[rows[0]], reward[rows[1]]))

        return read

    elsewhere = {record.key for record in list_externals(store)}
    known = list_scores(store, scored.info)
    named = labels(known)
    newest = {named[key]: (key, info) for key, info in known if info.model_key not in elsewhere}
    newest.pop(named.get(scored.scores.key, ""), None)
    return [
        _without_runs(f"{MODEL}{label}", "model", scored, info, reader(key), name=label)
        for label, (key, info) in newest.items()
    ]


def find_side(text: str, offered: Mapping[str, Side]) -> Side:
    """Find what is named: by its key, the beginning of a run's id, a setting's method and numbers, a model's name.

    Parameters
    ----------
    text : str
        For example ``scpo|0.7|1.1``, ``scpo,0.7,1.1`` or, if there is one setting with it, ``scpo``.

    Raises
    ------
    InputError
        If nothing, or more than one thing, is named.
    """
    wanted = text.strip()
    for key in (wanted, f"{MODEL}{wanted}", setting_id(f"{EXTERNAL_PREFIX}{wanted}", None, None)):
        if key in offered:
            return offered[key]
    asked = [_plain(part.strip()) for part in wanted.replace("|", ",").split(",")]
    named = [
        side
        for side in offered.values()
        if (side.kind == "setting" and _parts(side.key)[: len(asked)] == [part for part in asked if part != "-"])
        or (side.kind == "run" and wanted and side.key.startswith(wanted))
        or (side.kind == "global" and wanted == side.name)
    ]
    if len(named) == 1:
        return named[0]
    if named:
        raise InputError(f"{text!r} names {len(named)} things: {', '.join(side.key for side in named)}")
    known = [side.key for side in offered.values() if side.kind in ("global", "setting", "model")]
    raise InputError(
        f"nothing to compare is called {text!r}: there are {', '.join(known)}, COUNTRY|SETTING, ids of runs"
    )


def _plain(part: str) -> str:
    """Write a number as settings do: 0.70 is 0.7."""
    try:
        return f"{float(part):g}"
    except ValueError:
        return part


def _parts(key: str) -> list[str]:
    return [part for part in key.split("|") if part != "-"]
