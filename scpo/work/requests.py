"""What a command or a page asks for; it travels as it is through the queue to the process that carries it out."""

from __future__ import annotations

from pydantic import Field

from scpo.config import (
    BUDGET_LADDER,
    MOST_VALUES,
    Config,
    Context,
    EncodingConfig,
    Length,
    ObjectiveConfig,
    Seed,
    Steps,
    TrainingConfig,
)
from scpo.data.sources import SOURCES
from scpo.models import SAMPLE_MODEL
from scpo.settings import DeviceName
from scpo.store.cache import Store
from scpo.store.datasets import load_info
from scpo.store.scores import check_model
from scpo.store.studies import StudyPlan


class ScoreRequest(Config):
    """Rewards and features of every response of a data set under a model."""

    data: str
    """Name of a registered data set."""

    model: str
    """Model reference."""

    max_length: Length | None = None
    """Longest sequence in tokens; None: as the model was trained."""

    context: Context | None = None
    """What of a conversation is read; None: as the model was trained."""

    def encoding(self, own: EncodingConfig) -> EncodingConfig:
        """Replace what was asked for in the model's own encoding."""
        asked = {"max_length": self.max_length, "context": self.context}
        return own.model_copy(update={name: value for name, value in asked.items() if value is not None})


class TrainingRequest(ScoreRequest):
    """What runs and studies have in common."""

    training: TrainingConfig | None = None
    """Budget and optimiser; None chooses the budget on training users whom the global model has not seen."""

    base: TrainingConfig | None = None
    """Optimiser while the budget is open (its own is a placeholder); None: the model's."""

    ladder: tuple[Steps, ...] = Field(default=BUDGET_LADDER, min_length=1, max_length=MOST_VALUES)
    """Budgets in steps that are tried, rising."""

    device: DeviceName = "auto"
    """Where it is carried out if it is queued."""


class RunRequest(TrainingRequest):
    """One finetune."""

    country: str
    objective: ObjectiveConfig
    seed: Seed = 0


class StudyRequest(TrainingRequest):
    """A named set of finetunes."""

    name: str
    plan: StudyPlan


def is_generated(store: Store, name: str) -> bool:
    """Tell whether a data set is not here and is generated at its first use."""
    return name in SOURCES and SOURCES[name].synthetic and name not in store.names("datasets")


def check_study(store: Store, request: StudyRequest) -> None:
    """Refuse a study that cannot be prepared, as far as this can be told without the hub and without weights.

    Raises
    ------
    InputError
        If there is no such data set and none of this name is generated, or if the reference means no model.
    """
    synthetic = is_generated(store, request.data) or load_info(store, request.data).synthetic
    if not synthetic or request.model != SAMPLE_MODEL:
        check_model(store, request.model)
