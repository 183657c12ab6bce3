"""Studies: named sets of runs, the product of countries, methods, settings and seeds, and a few settings more."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from scpo.config import (
    DEFAULT_BETA,
    DEFAULT_TAU,
    MOST_RUNS,
    MOST_VALUES,
    PAPER_SEEDS,
    Beta,
    Config,
    Context,
    MethodName,
    ObjectiveConfig,
    Record,
    RunConfig,
    Seed,
    Tau,
    TrainingConfig,
)
from scpo.errors import InputError, first_fault
from scpo.methods import PAPER_METHODS
from scpo.names import checked_name
from scpo.store.cache import Store, now, write_sealed
from scpo.store.survey import survey

SIGN_FILE = "heartbeat.json"
"""By which its preparation says how far it is (`scpo.jobs.signs`)."""

RUNS_STAGE = "finetuning"
"""What the sign of a study that runs in one process says once the study is written down."""

Several = Field(min_length=1, max_length=MOST_VALUES)


class Product(Config):
    """Settings times seeds: every method with every tau, beta and seed."""

    methods: Annotated[tuple[MethodName, ...], Several]
    taus: Annotated[tuple[Tau, ...], Several] = (DEFAULT_TAU,)
    betas: Annotated[tuple[Beta, ...], Several] = (DEFAULT_BETA,)
    seeds: Annotated[tuple[Seed, ...], Several]

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        n_runs = math.prod(len(values) for values in (self.methods, self.taus, self.betas, self.seeds))
        if n_runs > MOST_RUNS:
            raise ValueError(f"{n_runs:,} runs in every country are too many: {MOST_RUNS:,} is the most")
        return self


class MoreSettings(Product):
    """Settings that a study runs after its main ones, in the same countries and usually with fewer seeds."""

    seeds: Annotated[tuple[Seed, ...], Several] = PAPER_SEEDS[:1]


class StudyPlan(Product):
    """What a study asks for; empty countries mean the paper's countries that the data set has, or else all."""

    countries: tuple[str, ...] = Field(default=(), max_length=MOST_VALUES)
    methods: Annotated[tuple[MethodName, ...], Several] = PAPER_METHODS
    seeds: Annotated[tuple[Seed, ...], Several] = PAPER_SEEDS
    normalise_weights: bool = False
    more: tuple[MoreSettings, ...] = Field(default=(), max_length=MOST_VALUES, exclude_if=lambda value: not value)
    """What is run after all this."""

    def objectives(self) -> list[ObjectiveConfig]:
        """List the distinct main settings: a method that ignores tau or beta occurs once, not once per value."""
        return self._product(self)

    def seeds_of(self, objective: ObjectiveConfig) -> tuple[int, ...]:
        """Return the seeds that the study asks for of a setting; none if it does not ask for the setting."""
        parts = [part for part in self._parts() if objective in self._product(part)]
        return tuple(sorted({seed for part in parts for seed in part.seeds}))

    def _parts(self) -> list[Product]:
        return [self, *self.more]

    def _product(self, part: Product) -> list[ObjectiveConfig]:
        product = [
            ObjectiveConfig(method=method, tau=tau, beta=beta, normalise_weights=self.normalise_weights)
            for method in part.methods
            for tau in part.taus
            for beta in part.betas
        ]
        return list(dict.fromkeys(product))

    def runs(self, *, countries: Sequence[str], **shared: Any) -> list[RunConfig]:
        """List the runs, seed by seed, so that one whole trade-off is there before the next seed starts; each once.

        Parameters
        ----------
        **shared
            The fields of `RunConfig` that all runs of a study have in common.
        """
        found = [
            RunConfig(country=country, objective=objective, seed=seed, **shared)
            for part in self._parts()
            for seed in part.seeds
            for country in countries
            for objective in self._product(part)
        ]
        return list(dict.fromkeys(found))


PRESETS: dict[str, StudyPlan] = {
    "paper": StudyPlan(),
    "sliders": StudyPlan(
        more=(
            MoreSettings(methods=("scpo", "filter"), taus=(0.5, 0.9)),
            MoreSettings(methods=("scpo", "weight"), betas=(0.5, 2.5)),
        )
    ),
}
"""Plans by name. `sliders` is the paper's study, and after it what tells whether previews foretell what the sliders do:
at least three settings of every method that has tau or beta, one seed each."""


class StudyFile(StudyPlan):
    """A study as a TOML file asks for it: the plan, and how the models read and learn."""

    context: Context | None = None
    training: dict[str, JsonValue] = Field(default_factory=dict)
    """Fields of `TrainingConfig`, from the table [training]."""

    @field_validator("training")
    @classmethod
    def _known_fields(cls, training: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if not set(training) <= set(TrainingConfig.model_fields):
            raise ValueError(f"the table takes {', '.join(TrainingConfig.model_fields)}")
        return training

    @property
    def plan(self) -> StudyPlan:
        """Return the plan alone."""
        return StudyPlan.model_validate(self.model_dump(include=set(StudyPlan.model_fields)))


def read_study_file(path: Path) -> StudyFile:
    """Read a study from a TOML file.

    Raises
    ------
    InputError
        If there is no such file, it is no TOML, or a field is unknown or out of range; it names file and field.
    """
    try:
        return StudyFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}") from error
    except ValidationError as error:
        raise InputError(f"{path}: {first_fault(error)}") from error
    except (ValueError, RecursionError, IsADirectoryError) as error:  # also a number of thousands of digits
        raise InputError(f"{path} is no TOML file: {error}") from error


class StudyRecord(Record):
    """`study.json`."""

    MIGRATIONS: ClassVar[dict[int, Callable[[dict[str, Any]], dict[str, Any]]]] = {
        1: lambda values: values | {"format_version": 2}  # a plan of 2 may ask for more settings
    }

    format_version: int = 2
    name: str
    dataset: str
    dataset_key: str
    model: str
    model_key: str
    plan: StudyPlan
    countries: list[str]
    training: TrainingConfig
    budget: dict[str, Any] = Field(default_factory=dict)
    """How the training budget was chosen; empty when it was given."""

    runs: list[str]
    created_at: str


def expected_seeds(studies: Sequence[StudyRecord], config: RunConfig) -> tuple[int, ...]:
    """Return the seeds that studies ask for of a run's setting, in its country.

    Parameters
    ----------
    studies : sequence of StudyRecord
    config : RunConfig
        Any run of the setting; its seed does not matter.

    Returns
    -------
    tuple of int
        Empty if no study of the same data, model and training asks for it: then what is there is all there is to be.
    """
    mine = [study for study in _of_training(studies, config) if config.country in study.countries]
    return tuple(sorted({seed for study in mine for seed in study.plan.seeds_of(config.objective)}))


def expected_countries(studies: Sequence[StudyRecord], config: RunConfig) -> tuple[str, ...]:
    """Return the countries in which studies ask for a run's setting, sorted; see `expected_seeds`."""
    mine = [study for study in _of_training(studies, config) if study.plan.seeds_of(config.objective)]
    return tuple(sorted({country for study in mine for country in study.countries}))


def _of_training(studies: Sequence[StudyRecord], config: RunConfig) -> list[StudyRecord]:
    """Return the studies with the data, the model and the training of a run."""
    causes = (config.dataset_key, config.model_key, config.training)
    return [study for study in studies if (study.dataset_key, study.model_key, study.training) == causes]


def asked_name(store: Store, name: str) -> str:
    """Return the name of a study that is asked for: a new one keeps the rule of `scpo.names`, one that is here stays.

    Raises
    ------
    InputError
        If it is no name.
    """
    return name if name in store.names("studies") else checked_name(name)


def write_study(store: Store, **fields: Any) -> StudyRecord:
    """Write down a study."""
    record = StudyRecord(created_at=now(), **fields)
    write_sealed(store.folder("studies", record.name) / "study.json", record.model_dump(mode="json"))
    return record


def read_study(store: Store, name: str) -> StudyRecord:
    """Read a study.

    Raises
    ------
    InputError
        If there is none; it lists the names there are.
    BrokenError
        If it was written down and cannot be read, or is gone.
    """
    path = store.folder("studies", name) / "study.json"
    if not path.is_file():
        _check_not_lost(store, path)
        known = ", ".join(study.name for study in list_studies(store)) or "none yet"
        raise InputError(f"no study named {name}: known are {known}")
    record = store.read_record(path, StudyRecord, what=f"study {name}")
    if record.name != name:
        raise store.broken(path, f"is the record of {record.name}")
    return record


def list_studies(store: Store) -> list[StudyRecord]:
    """Read all studies, oldest first; what is broken is left out, and named by `scpo.store.broken`."""
    return sorted(survey(store, "studies", partial(prepared_study, store))[0], key=lambda study: study.created_at)


def prepared_study(store: Store, name: str) -> StudyRecord | None:
    """Read a study; None while it is being prepared, and where that ended before it was written down.

    Raises
    ------
    BrokenError
        As `read_study`.
    """
    path = store.folder("studies", name) / "study.json"
    if not path.is_file():
        _check_not_lost(store, path)
        return None
    return read_study(store, name)


def _check_not_lost(store: Store, path: Path) -> None:
    """Refuse the folder of a study whose record is gone: its preparation has ended well, or nobody has prepared it."""
    folder = path.parent
    if not folder.is_dir():
        return
    try:
        said = json.loads((folder / SIGN_FILE).read_text(encoding="utf-8"))
        prepares = said["state"] != "done" and said["stage"] != RUNS_STAGE
    except FileNotFoundError:
        prepares = any(folder.iterdir())  # its process is starting
    except (ValueError, LookupError, TypeError):
        prepares = False
    if not prepares:
        raise store.broken(path, "is missing")
