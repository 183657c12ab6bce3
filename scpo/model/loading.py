"""Reading models from the hub or a folder, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)
from transformers.utils import logging as transformers_logging

from scpo.data.hub import silence, unasked
from scpo.errors import InputError
from scpo.model.batching import has_fast_bfloat16
from scpo.models import ModelSource


def reads_conversations(config: Any) -> bool:
    """Say whether a model is a causal language model with a reward head, which reads a chat template's text."""
    kind = config.model_type
    return kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def load_pretrained(
    source: ModelSource,
    *,
    device: torch.device,
    large: bool,
    new_head: bool,
    seed: int,
    offline: bool,
    token: str | None,
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase, str | None]:
    """Read model and tokenizer and check that the model has a trained reward head.

    Parameters
    ----------
    source : ModelSource
        From `scpo.models.lookup`.
    device : torch.device
        Where the model will run; decides the precision of the weights of `large` models.
    large : bool
        Hold the weights in bfloat16 where the device has it, instead of float32.
    new_head, seed, offline, token
        As in `scpo.model.reward_model.RewardModel.load`.

    Returns
    -------
    model, tokenizer, commit
        The commit is None for a local folder.

    Raises
    ------
    InputError
    """
    silent = None if source.local else silence(offline=offline)
    where: dict[str, Any] = {"trust_remote_code": False, "local_files_only": source.local or silent is not None}
    commit = None
    dtype = torch.bfloat16 if large and has_fast_bfloat16(device) else torch.float32
    try:
        if not source.local:
            commit = hub_commit(source.source, source.revision, offline=silent is not None, token=token)
            source.check_commit(commit)
            where |= {"revision": commit, "token": token}
        with quiet_transformers(), unasked(when=silent is not None), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            tokenizer = AutoTokenizer.from_pretrained(source.source, **where)
            model, info = AutoModelForSequenceClassification.from_pretrained(
                source.source, num_labels=1, dtype=dtype, use_safetensors=True, output_loading_info=True, **where
            )
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(_explain(source, error, silent)) from error
    except RuntimeError as error:
        if "mismatch" not in str(error):
            raise
        raise InputError(f"model {source.ref} has no head with a single output, so it is no reward model") from error
    _check_weights(source, model, set(info["missing_keys"]), set(info["unexpected_keys"]), new_head=new_head)
    if not tokenizer.is_fast:
        raise InputError(f"model {source.ref} has no tokenizer.json: save its tokenizer in the fast format first")
    return model, tokenizer, commit


def hub_commit(repository: str, revision: str | None, *, offline: bool, token: str | None) -> str:
    """Return the commit that a branch, tag or pull request of a repository on the hub means.

    Raises
    ------
    OSError
        If the repository, the revision or its ``config.json`` cannot be had.
    """
    # Only a reference to the hub needs its client.
    from huggingface_hub import hf_hub_download

    config = hf_hub_download(repository, "config.json", revision=revision, local_files_only=offline, token=token)
    return Path(config).parent.name


def _check_weights(
    source: ModelSource, model: PreTrainedModel, missing: set[str], unexpected: set[str], *, new_head: bool
) -> None:
    prefix = f"{model.base_model_prefix}."
    lacking = sorted(name for name in missing if name.startswith(prefix) and ".pooler." not in name)
    if lacking:
        raise InputError(f"model {source.ref} lacks {len(lacking)} weights, first {lacking[0]}: its file is damaged")
    if missing and not new_head:
        other = f"; its own {', '.join(sorted(unexpected)[:3])} cannot be read" if unexpected else ""
        raise InputError(
            f"model {source.ref} has no trained reward head ({', '.join(sorted(missing))} missing{other}): "
            "train one with `scpo model train-global --backbone`, or name a model that has one"
        )


def _explain(source: ModelSource, error: Exception, silent: str | None) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if source.local:
        return f"folder {source.ref} cannot be read as a model: {first}"
    text = str(error).lower()
    at = f" at {source.revision}" if source.revision else ""
    if "safetensors" in text and "does not appear" in text:
        return f"model {source.source}{at} has no safetensors file, and pickled weights are never loaded"
    if "gated" in text or "401" in text or "403" in text:
        return f"model {source.source}{at} is gated or private: accept its licence and set HF_TOKEN ({first})"
    if silent is not None:
        return f"model {source.source}{at} is not on this machine and {silent}: load it once with a network"
    return (
        f"model {source.source}{at} cannot be loaded: check the name and the network, "
        f"or use a local folder or sample-rm ({first})"
    )


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers' reports and progress bars off the screen; errors still rise."""
    level = transformers_logging.get_verbosity()
    bar = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(level)
        if bar:
            transformers_logging.enable_progress_bar()
