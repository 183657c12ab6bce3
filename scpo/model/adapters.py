"""Adapters of peft in a folder of their own: read with the model they change, and merged into it."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from peft import PeftConfig, PeftModel
from transformers import AutoTokenizer

from scpo.errors import InputError
from scpo.model.files import ModelFiles
from scpo.model.heads import head_module, other_heads, take_head
from scpo.model.loading import Access, Loaded, load_pretrained, quiet_transformers
from scpo.references import ModelSource


def load_adapted(source: ModelSource, base: ModelSource, access: Access, *, seed: int) -> Loaded:
    """Read an adapter and the model it changes; the result is a plain model with the changes in its weights.

    Parameters
    ----------
    source, base : ModelSource
        The adapter's folder, and the model.
    access : Access
    seed : int
        Of nothing that stays: the head comes from the adapter or from the base.

    Raises
    ------
    InputError
        If neither has a reward head, or the adapter does not fit the base.
    """
    files = ModelFiles(source, None, offline=access.offline, token=access.token)
    heads = _heads(files)
    loaded = load_pretrained(base, access, new_head=bool(heads), seed=seed)
    model, folder = loaded.model, Path(source.source)
    config = PeftConfig.from_pretrained(str(folder))
    if not config.is_prompt_learning:
        config.task_type = None  # the model is a classifier, whatever it was when the adapter was trained
    kept = [name for name in getattr(config, "modules_to_save", None) or [] if name in _ends(model)]
    if hasattr(config, "modules_to_save"):
        config.modules_to_save = kept or None
    try:
        with quiet_transformers(), torch.random.fork_rng(devices=[]), warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            merged = PeftModel.from_pretrained(model, str(folder), config=config).merge_and_unload().eval()
    except Exception as error:  # someone else's adapter: whatever is the matter with it is said in a sentence
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        kind = str(getattr(config.peft_type, "value", config.peft_type))
        raise InputError(f"the adapter in {folder} ({kind}) cannot be merged into {base.ref}: {first}") from error
    if any("missing adapter keys" in str(one.message) for one in said):
        raise InputError(f"the adapter in {folder} has not all weights that it names: its file is damaged")
    notes = [f"an adapter, merged into its base model {base.ref}", *loaded.notes]
    if heads:
        notes.append(take_head(head_module(merged), files, _single_head(files, heads, head_module(merged).in_features)))
    tokenizer = loaded.tokenizer
    if files.path("tokenizer.json") is not None:
        with quiet_transformers():
            tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True)
    return Loaded(merged, tokenizer, None, notes)


def _ends(model: torch.nn.Module) -> set[str]:
    return {name.rpartition(".")[2] for name, _ in model.named_modules()}


def _heads(files: ModelFiles) -> list[str]:
    """Return the weights of an adapter's files that are none of the adapter's own low-rank ones: its heads."""
    return [
        name
        for name, shape in files.shapes.items()
        if name.endswith(".weight") and len(shape) == 2 and shape[0] == 1 and ".lora_" not in name
    ]


def _single_head(files: ModelFiles, heads: list[str], n_features: int) -> str:
    fitting = other_heads(files.shapes, heads, n_features)
    if len(fitting) != 1:
        raise InputError(
            f"the adapter in {files.source.source} has {len(heads)} heads with one output, of which {len(fitting)} fit "
            f"its base ({', '.join(heads[:3])}): which is the reward is not said"
        )
    return fitting[0]
