"""Which models are known by name, and how one is read that does not say so itself. Nothing is loaded here."""

from __future__ import annotations

import re
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


LAYOUTS = {
    "plain": "{{ bos_token }}{{ messages | map(attribute='content') | join('\n\n') }}{{ eos_token }}",
    "dialogue": "{{ bos_token }}{% for m in messages %}{{ '\n\n' if not loop.first }}"
    "{{ 'Assistant: ' if m['role'] == 'assistant' else 'Human: ' }}{{ m['content'] }}{% endfor %}{{ eos_token }}",
}
"""How a model without a chat template may be given a conversation, as chat templates: the messages with a blank line
between them, or each after the name of who speaks; both between the tokenizer's start and end tokens."""

MARGIN = "margin"
"""The second of two outputs minus the first: the log-odds of a classifier with two classes."""


@dataclass(frozen=True)
class Reading:
    """How a model is read that does not say it by itself; part of its identity and of its name."""

    layout: str | None = None
    """One of `LAYOUTS`; None: as the model's tokenizer says."""

    output: str | None = None
    """Which of several outputs is the reward: its number from 0, or `MARGIN`; None: the only one."""

    def __post_init__(self) -> None:
        if self.layout is not None and self.layout not in LAYOUTS:
            raise InputError(f"no layout {self.layout!r}: known are {', '.join(LAYOUTS)}")
        if self.output is not None and self.output != MARGIN and not self.output.isdecimal():
            raise InputError(f"no output {self.output!r}: give its number, from 0, or {MARGIN}")

    def __str__(self) -> str:
        """Return what stands behind the name of a model that is read so: `` (plain, output 1)``, mostly nothing."""
        parts = [self.layout, self.output and f"output {self.output}"]
        return f" ({', '.join(part for part in parts if part)})" if any(parts) else ""


AS_IT_SAYS = Reading()
"""A model that says by itself how it is read."""

_READING = re.compile(rf" \((?P<layout>{'|'.join(LAYOUTS)})?(?:, )?(?:output (?P<output>\d+|{MARGIN}))?\)$")


def split_reading(ref: str) -> tuple[str, Reading]:
    """Divide a model reference into the model and how it is to be read: ``folder (plain)``."""
    found = _READING.search(ref)
    said = found.groupdict() if found else {}
    return (ref[: found.start()], Reading(**said)) if found and any(said.values()) else (ref, AS_IT_SAYS)


def read_as(ref: str, layout: str | None = None, output: str | None = None) -> str:
    """Write a model reference that says how the model is to be read; a part that it says already stays."""
    model, reading = split_reading(ref)
    return f"{model}{Reading(layout or reading.layout, output or reading.output)}"


def registered(ref: str) -> RegisteredModel | None:
    """Find the row of a model by its name, its hub repository (with or without a revision), or its folder's name."""
    ref, _ = split_reading(ref)
    folder = Path(ref).expanduser()
    name = folder.resolve().name if folder.is_dir() else ref.partition("@")[0]
    return REGISTRY.get(name) or next((model for model in REGISTRY.values() if model.hub_id == name), None)


def base_training(ref: str) -> TrainingConfig:
    """Return the optimiser settings a model is finetuned with unless told otherwise; its budget is a placeholder."""
    row = registered(ref)
    return DEFAULT_TRAINING if row is None else row.training
