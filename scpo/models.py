"""Which models are known by name, and what a model reference means. Pure data: nothing is loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scpo.config import DEFAULT_TRAINING, LoraConfig, TrainingConfig
from scpo.errors import InputError

Kind = Literal["bert", "deberta-v2", "llama", "modernbert", "qwen3"]


@dataclass(frozen=True)
class RegisteredModel:
    """A model with a short name."""

    name: str
    """Short name, as typed on the command line."""

    hub_id: str | None
    """Repository on the Hugging Face hub; None for a model that is built on this machine."""

    kind: Kind
    """Architecture (the ``model_type`` of its configuration)."""

    licence: str
    note: str
    """One sentence for the model table."""

    revision: str | None = None
    """Branch, pull request or commit that is loaded; None is the hub's main branch."""

    commit: str | None = None
    """Commit (or its first digits) that `revision` must resolve to; None: whatever it resolves to at first use is
    recorded with the scores."""

    trained_for: str | None = None
    """The country whose model it is, ISO 3166 alpha-3; None for a global model."""

    training: TrainingConfig = DEFAULT_TRAINING
    """How it is finetuned unless told otherwise; the budget in here is a placeholder that is always replaced."""


SAMPLE_STEPS = 32
"""Budget of `sample-rm` on the sample, whose training users it has all seen. Of 16 to 128 steps it has the highest
cross-validated accuracy (71.3 %) with a model that has left a quarter of them out; 16 steps (70.3 %) are within one
standard error (1.7 points)."""

SAMPLE_MODEL = "sample-rm"
"""The model that needs no network; trained on the generated sample at first use."""

PUBLISHED = "scpo-published"
"""The setting that the published country models share."""

_PUBLISHED = {
    "AUS": "australia",
    "CAN": "canada",
    "CHL": "chile",
    "ISR": "israel",
    "MEX": "mexico",
    "NZL": "new-zealand",
    "ZAF": "south-africa",
}
"""Countries of arXiv 2606.18606 and how the authors' repositories spell them."""

_MODELS = (
    RegisteredModel(
        name=SAMPLE_MODEL,
        hub_id=None,
        kind="modernbert",
        licence="Apache-2.0",
        note="Tiny transformer, trained on the generated sample at first use; the default without a network.",
        training=TrainingConfig(steps=1, learning_rate=2e-3, batch_pairs=32),
    ),
    RegisteredModel(
        name="openassistant-deberta-v3-base",
        hub_id="OpenAssistant/reward-model-deberta-v3-base",
        kind="deberta-v2",
        licence="MIT",
        note="The paper's first global model (184 M weights).",
        # The main branch holds pickled weights only; the hub's conversion bot put safetensors into this pull request.
        revision="refs/pr/1",
        commit="4ed92a8",
    ),
    RegisteredModel(
        name="openassistant-deberta-v3-large-v2",
        hub_id="OpenAssistant/reward-model-deberta-v3-large-v2",
        kind="deberta-v2",
        licence="MIT",
        note="Larger sibling of the paper's first global model (435 M weights).",
        revision="refs/pr/3",  # as above: the conversion bot's safetensors
        commit="c4549779",
    ),
    RegisteredModel(
        name="tulu3-8b-rm",
        hub_id="allenai/Llama-3.1-Tulu-3-8B-RM",
        kind="llama",
        licence="Llama 3.1 Community License",
        note="The paper's second global model; needs a GPU, trained with LoRA.",
        revision="6dc0b1c8dad0bc6429708b25e4fddeed6846b9f1",
        commit="6dc0b1c8dad0bc6429708b25e4fddeed6846b9f1",
        # Adapters need about ten times the learning rate of all weights.
        training=TrainingConfig(steps=1, learning_rate=2e-4, lora=LoraConfig()),
    ),
    RegisteredModel(
        name="skywork-v2-qwen3-0.6b",
        hub_id="Skywork/Skywork-Reward-V2-Qwen3-0.6B",
        kind="qwen3",
        licence="Apache-2.0",
        note="A recent small reward model (0.6 B weights) with a chat template.",
    ),
    # Their commits are not known here: what main is when one is added is recorded, and only that is ever loaded.
    *(
        RegisteredModel(
            name=f"scpo-reward-model-{spelling}",
            hub_id=f"MulticulturalAlignment/scpo-reward-model-{spelling}",
            kind="deberta-v2",
            licence="not known here: see its page on the hub",
            note=f"The authors' model of {spelling.replace('-', ' ').title()}, to compare with; no commit of it is "
            "pinned here.",
            trained_for=country,
        )
        for country, spelling in _PUBLISHED.items()
    ),
)

REGISTRY: dict[str, RegisteredModel] = {model.name: model for model in _MODELS}
"""Known models by short name."""


def registered(ref: str) -> RegisteredModel | None:
    """Find the row of a model by its name, its hub repository (with or without a revision), or its folder's name."""
    folder = Path(ref).expanduser()
    name = folder.resolve().name if folder.is_dir() else ref.partition("@")[0]
    return REGISTRY.get(name) or next((model for model in REGISTRY.values() if model.hub_id == name), None)


def base_training(ref: str) -> TrainingConfig:
    """Return the optimiser settings a model is finetuned with unless told otherwise; its budget is a placeholder."""
    row = registered(ref)
    return DEFAULT_TRAINING if row is None else row.training


@dataclass(frozen=True)
class ModelSource:
    """Where a model reference points to."""

    ref: str
    """The reference as the user wrote it."""

    source: str
    """Local folder or hub repository, as the loader wants it."""

    local: bool
    revision: str | None = None
    commit: str | None = None
    """Digits the loaded commit must start with; None for no demand."""

    registered: RegisteredModel | None = None

    def check_commit(self, found: str) -> None:
        """Refuse a commit on the hub that is not the one demanded; InputError."""
        if self.commit is not None and not found.startswith(self.commit):
            raise InputError(
                f"model {self.ref} is at commit {found} on the hub, but {self.commit} is the one registered: "
                f"if the change is meant, name it with {self.source}@{found}"
            )


def lookup(ref: str | Path) -> ModelSource:
    """Say what a model reference means, without loading anything.

    Parameters
    ----------
    ref : str or Path
        A local folder with a ``config.json``, a registered name, or a hub repository ``owner/name[@revision]``.
        A folder wins over a name.

    Raises
    ------
    InputError
        If the reference is none of the three, or names a model that is built locally and was not built yet.
    """
    text = str(ref)
    folder = Path(text).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise InputError(f"folder {text} has no config.json: give a folder written by save_pretrained")
        return ModelSource(ref=text, source=str(folder), local=True)
    if text in REGISTRY:
        model = REGISTRY[text]
        if model.hub_id is None:
            raise InputError(f"model {text} is built from the sample and is not here yet: run `scpo demo` once")
        return ModelSource(text, model.hub_id, False, model.revision, model.commit, model)
    hub_id, _, at = text.partition("@")
    parts = hub_id.split("/")
    if isinstance(ref, Path) or len(parts) != 2 or not all(parts) or hub_id.startswith((".", "~")):
        raise InputError(
            f"no model {text!r}: give a registered name ({', '.join(REGISTRY)}), "
            "a hub repository owner/name[@revision], or a local folder with a config.json"
        )
    known = registered(hub_id)
    if not at and known is not None:
        return ModelSource(text, hub_id, False, known.revision, known.commit, known)
    return ModelSource(ref=text, source=hub_id, local=False, revision=at or None, registered=known)
