"""What is computed: frozen, validated, and part of every cache key.

A number of the method stands here once, with its source. The reference is the paper's code,
``minsik-ai/Steerable-Cultural-Preference``; where it contradicts itself the choice made here is stated.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from scpo.errors import InputError
from scpo.methods import METHODS, known_method

DEFAULT_TAU = 0.7
"""Keep a training pair iff p_glo < tau. Reference: 0.7."""

DEFAULT_BETA = 1.10
"""Temperature of the weights. Reference: 1.10 in the trainer (1.0 in its table script)."""

PAPER_COUNTRIES: tuple[str, ...] = ("CHL", "ZAF", "NZL", "AUS", "MEX", "ISR", "CAN")
"""The seven countries of the paper, ISO 3166 alpha-3; the US and the UK are the majority and are left out."""

PAPER_SEEDS: tuple[int, ...] = (0, 1, 2)
"""Seeds of the `paper` study; the reference uses one."""


def canonical_json(value: Any) -> str:
    """Write JSON so that equal values give equal text: sorted keys, no spaces, no NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def content_key(stage: str, causes: dict[str, Any]) -> str:
    """Hash a stage and its causes to the 16 hexadecimal digits that name its folder.

    Parameters
    ----------
    stage : str
        What kind of thing is named, for example ``"run"``.
    causes : dict
        Everything the result depends on: algorithm version, parameters, parent keys. JSON values only.
    """
    return hashlib.sha256(f"{stage}\n{canonical_json(causes)}".encode()).hexdigest()[:16]


MOST_SEED = 2**53 - 1
"""Largest seed: the largest whole number that a browser, a table and every generator of random numbers here hold."""

MOST_STEPS = 10_000_000
MOST_PASSES = 100_000
"""Largest training budgets, in steps and in passes over the pairs: what is larger is a slip of the keyboard."""

MOST_VALUES = 1_000
"""Values of one list of a study: methods, taus, betas or seeds."""

MOST_RUNS = 100_000
"""Runs of a study in one country."""


class Record(BaseModel):
    """Base of what is written down: unknown fields are an error."""

    model_config = ConfigDict(extra="forbid")


class FixedRecord(Record):
    """A record that is not changed once it is made."""

    model_config = ConfigDict(frozen=True)


class Config(FixedRecord):
    """Base of all configuration: numbers that are infinite or NaN are an error too."""

    model_config = ConfigDict(allow_inf_nan=False)

    def as_json(self) -> dict[str, Any]:
        """Return the configuration as JSON values, for keys and records."""
        return self.model_dump(mode="json")


def _known_method(name: str) -> str:
    try:
        return known_method(name)
    except InputError as error:
        raise ValueError(str(error)) from None


MethodName = Annotated[str, AfterValidator(_known_method)]
"""Name of a method of `scpo.methods.TRAINED`."""

Seed = Annotated[int, Field(ge=0, le=MOST_SEED)]
"""Seed of what is drawn at random."""

Steps = Annotated[int, Field(ge=1, le=MOST_STEPS)]
"""Optimiser steps."""

Tau = Annotated[float, Field(gt=0, le=1)]
"""Train on pairs with p_glo < tau; 1 keeps all pairs."""

Beta = Annotated[float, Field(gt=0)]
"""Temperature of the weights of disagreeing pairs."""

Level = Annotated[float, Field(gt=0, lt=1)]
"""Confidence level."""

Share = Annotated[float, Field(ge=0, lt=1)]
"""Part of a whole that is set aside."""

Tolerance = Annotated[float, Field(ge=0, le=1e9)]
"""A difference that is accepted."""

Temperature = Annotated[float, Field(gt=0, le=1e9)]
"""Of a softmax."""

Seconds = Annotated[float, Field(ge=0, le=1e9)]
"""A time to wait."""

Repeats = Annotated[int, Field(ge=0, le=1_000_000)]
"""How often something random, or a measurement, is repeated."""

Length = Annotated[int, Field(ge=8, le=2**24)]
"""Longest sequence in tokens."""

Port = Annotated[int, Field(ge=1, le=65535)]
"""Port of a server."""


class ObjectiveConfig(Config):
    """Which pairs are trained on, and with which weights. A value the method ignores is stored as None."""

    method: MethodName
    tau: Tau | None = None
    beta: Beta | None = None

    normalise_weights: bool = False
    """Scale the kept weights to mean 1, so that a beta sweep does not change the effective learning rate too."""

    inverse_clip: float = Field(default=5.0, gt=0, le=700)
    """Largest exponent of the `inverse` weights, below that of the largest number; the reference overflows instead."""

    @model_validator(mode="before")
    @classmethod
    def _only_what_the_method_uses(cls, values: Any) -> Any:
        values = dict(values)
        row = METHODS.get(values.get("method", ""))
        needs_tau, needs_beta = row is not None and row.needs_tau, row is not None and row.needs_beta
        values["tau"] = (DEFAULT_TAU if values.get("tau") is None else values["tau"]) if needs_tau else None
        values["beta"] = (DEFAULT_BETA if values.get("beta") is None else values["beta"]) if needs_beta else None
        return values


Context = Literal["turn", "history"]
"""What of a conversation is read."""


class EncodingConfig(Config):
    """How a prompt and a response become tokens: one encoding for scoring, training and evaluation."""

    max_length: Length = 512
    """Longest sequence in tokens; longer ones lose the end of the longer part."""

    context: Context = "turn"
    """Score the turn's prompt alone (as the reference) or with the conversation before it."""


class LoraConfig(Config):
    """Low-rank adapters for models above about one billion parameters."""

    rank: int = Field(default=16, ge=1, le=2**16)
    alpha: int = Field(default=32, ge=1, le=2**16)


class Flag(NamedTuple):
    """How a field of `TrainingConfig` is called and explained on the command line."""

    option: str
    help: str


class TrainingConfig(Config):
    """The training budget and the optimiser: the same for all methods of a study."""

    steps: Annotated[
        int | None, Flag("--steps", "Optimiser steps; neither: chosen on users the global model has not seen.")
    ] = Field(default=None, ge=1, le=MOST_STEPS)
    """Optimiser steps. Exactly one of `steps`, `epochs` and `last_layer_ridge` is set."""

    epochs: Annotated[float | None, Flag("--epochs", "Passes over the kept pairs, instead of steps.")] = Field(
        default=None, gt=0, le=MOST_PASSES
    )
    """Passes over the kept pairs."""

    last_layer_ridge: float | None = Field(default=None, gt=0, exclude_if=lambda value: value is None)
    """No finetune: fit only the last layer on the global model's features, with this ridge (`scpo.method.preview`)."""

    learning_rate: Annotated[float, Flag("--lr", "Learning rate.")] = Field(default=2e-5, gt=0, le=1e30)
    batch_pairs: Annotated[int, Flag("--batch-pairs", "Pairs per step.")] = Field(default=16, ge=1, le=10_000_000)
    """Pairs per optimiser step, filled with whole interactions."""

    weight_decay: float = Field(default=0.0, ge=0, le=100)
    warmup: float = Field(default=0.1, ge=0, le=1)
    """Share of the steps over which the learning rate rises linearly; then it falls linearly to 0."""

    max_gradient_norm: float = Field(default=1.0, gt=0, le=1e9)
    dropout: bool = False
    """Keep the model's dropout on while training. Off by default: less noise, more speed."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`auto`: bfloat16 autocast where the hardware has it."""

    frozen_layers: Annotated[int, Flag("--frozen-layers", "Lowest layers that are not trained.")] = Field(
        default=0, ge=0, le=100_000
    )
    """The embeddings and this many of the lowest layers are not trained; 0 trains everything."""

    lora: LoraConfig | None = None

    @property
    def budget_kind(self) -> str:
        """Return which of `BUDGET_KINDS` is set."""
        return next(kind for kind in BUDGET_KINDS if getattr(self, kind) is not None)

    @model_validator(mode="after")
    def _one_budget(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in BUDGET_KINDS) != 1:
            raise ValueError("set either steps or epochs, exactly one of them (or the ridge of a last-layer model)")
        return self


BUDGET_KINDS = ("steps", "epochs", "last_layer_ridge")
"""Fields of `TrainingConfig` of which exactly one is set."""


class SplitConfig(Config):
    """How users are divided into training and test users."""

    kind: Literal["reference", "stratified", "prompts"] = "stratified"
    """`reference`: the permutation of ``train_test_split(test_size, random_state=seed)`` over the user rows;
    `stratified`: the same within each country, so that every country has test users; `prompts`: as `stratified`, and
    no prompt stands on both sides (`scpo.data.prompts`)."""

    test_fraction: float = Field(default=0.15, gt=0, lt=1)
    seed: int = Field(default=0, ge=0, le=2**32 - 1)


class EvaluationConfig(Config):
    """How intervals are made."""

    level: Level = 0.95
    resamples: int = Field(default=2000, ge=100, le=1_000_000)
    seed: Seed = 0


class RunConfig(Config):
    """One finetune: everything its result depends on."""

    dataset: str
    """Name of the data set (its content key is in `dataset_key`)."""

    dataset_key: str
    model: str
    """Name of the global model (its content key is in `model_key`)."""

    model_key: str
    country: str
    objective: ObjectiveConfig
    training: TrainingConfig
    encoding: EncodingConfig = EncodingConfig()
    seed: Seed = 0

    @property
    def run_id(self) -> str:
        """Name of the run's folder: the hash of its causes. Names are labels, so only keys count."""
        causes = self.as_json()
        del causes["dataset"], causes["model"]
        return content_key("run", {"algorithm_version": RUN_ALGORITHM_VERSION, **causes})

    @property
    def setting(self) -> RunConfig:
        """What runs share that differ in country and seed only: another budget or learning rate is another setting."""
        return self.model_copy(update={"dataset": "", "model": "", "country": "", "seed": 0})


RUN_ALGORITHM_VERSION = 1
"""Raised whenever the same configuration would give another model."""

DEFAULT_TRAINING = TrainingConfig(steps=1)
"""Optimiser settings when only the budget is left open; the budget in here is a placeholder that is always replaced."""

BUDGET_LADDER = (16, 32, 64, 128, 256, 512)
"""Steps that are tried when no budget is given; the reference's 1,024 steps fit no small country."""

UNSEEN_SHARE = 0.25
"""Share of every community's training users that a global model leaves out, so that budgets can be chosen on them."""
