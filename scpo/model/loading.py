"""Reading models from the hub or a folder, with errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers import __version__ as transformers_version
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)
from transformers.utils import logging as transformers_logging

from scpo.data.hub import silence, unasked
from scpo.errors import InputError, ScpoError
from scpo.model.batching import has_fast_bfloat16
from scpo.model.files import ModelFiles
from scpo.model.heads import settle_head
from scpo.references import ADAPTER, ModelSource


class Loaded(NamedTuple):
    """A model as it was read."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    commit: str | None
    """None for a local folder."""

    notes: list[str]
    """What a user should know of how it was read, a sentence each."""


class Access(NamedTuple):
    """How models are read on this machine."""

    device: torch.device
    """Where the model will run; decides the precision of the weights of large models."""

    offline: bool
    token: str | None


def reads_conversations(config: Any) -> bool:
    """Say whether a model is a causal language model with a reward head, which reads a chat template's text."""
    kind = config.model_type
    return kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def load_pretrained(source: ModelSource, access: Access, *, new_head: bool, seed: int) -> Loaded:
    """Read model and tokenizer and see that the model has a trained reward head.

    Parameters
    ----------
    source : ModelSource
        From `scpo.references.lookup`.
    access : Access
    new_head, seed
        As in `scpo.model.reward_model.RewardModel.load`.

    Raises
    ------
    InputError
        With what is really the matter with the model.
    """
    if source.base is not None:
        # Only adapters need peft.
        from scpo.model.adapters import load_adapted

        return load_adapted(source, source.base, access, seed=seed)
    silent = None if source.local else silence(offline=access.offline)
    cached = silent is not None
    where: dict[str, Any] = {"trust_remote_code": False, "local_files_only": source.local or cached}
    large = source.registered is not None and source.registered.training.lora is not None
    dtype = torch.bfloat16 if large and has_fast_bfloat16(access.device) else torch.float32
    commit = None
    try:
        if not source.local:
            commit = hub_commit(source.source, source.revision, offline=cached, token=access.token)
            source.check_commit(commit)
            where |= {"revision": commit, "token": access.token}
        files = ModelFiles(source, commit, offline=cached, token=access.token)
        with quiet_transformers(), unasked(when=cached), torch.random.fork_rng(devices=[]):
            _check_files(files)
            torch.manual_seed(seed)
            tokenizer = AutoTokenizer.from_pretrained(source.source, **where)
            model, info = AutoModelForSequenceClassification.from_pretrained(
                source.source,
                num_labels=1,
                dtype=dtype,
                use_safetensors=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                **where,
            )
    except (ScpoError, torch.OutOfMemoryError):
        raise
    except Exception as error:  # someone else's model: whatever is the matter with it is said in a sentence
        raise InputError(_explain(source, error, silent)) from error
    missing, unexpected = set(info["missing_keys"]), set(info["unexpected_keys"])
    _check_body(files, model, missing, unexpected, info["mismatched_keys"])
    notes = [] if new_head else settle_head(model, files, missing, info["mismatched_keys"], unexpected)
    _check_finite(source, model)
    if not tokenizer.is_fast:
        raise InputError(f"model {source.ref} has no tokenizer.json: save its tokenizer in the fast format first")
    return Loaded(model, tokenizer, commit, notes)


def hub_commit(repository: str, revision: str | None, *, offline: bool, token: str | None) -> str:
    """Return the commit that a branch, tag or pull request of a repository on the hub means.

    Raises
    ------
    OSError
        If the repository, the revision or its ``config.json`` cannot be had.
    InputError
        If it holds an adapter.
    """
    # Only a reference to the hub needs its client.
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError

    where: dict[str, Any] = {"revision": revision, "local_files_only": offline, "token": token}
    try:
        return Path(hf_hub_download(repository, "config.json", **where)).parent.name
    except EntryNotFoundError:
        try:
            hf_hub_download(repository, ADAPTER, **where)
        except OSError:
            pass
        else:
            raise InputError(
                f"{repository} holds an adapter: fetch it with `hf download {repository}` and give its folder"
            ) from None
        raise


def _check_files(files: ModelFiles) -> None:
    """Refuse what transformers would fail on with other words, or not at all."""
    source, config = files.source, files.config
    if source.local:
        _ = files.weights
        names = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "tokenizer.model", "spm.model")
        if not any(files.path(name) for name in (*names, "spiece.model", "sentencepiece.bpe.model")):
            raise InputError(f"folder {source.source} has no tokenizer: save it there with tokenizer.save_pretrained")
        for name, value in config.items():  # a number of layers that nobody has would be built before it is missed
            if "layer" in name and isinstance(value, int) and value > len(files.shapes):
                raise InputError(
                    f"folder {source.source} does not fit its config.json: {name} is more than it has weights, "
                    f"{len(files.shapes):,}"
                )
    quantised = config.get("quantization_config")
    if quantised:
        about = quantised if isinstance(quantised, dict) else {}
        bits = about.get("bits") or next((n for n in (4, 8) if about.get(f"load_in_{n}bit")), None)
        kind = f"{about.get('quant_method', 'unknown method')}{f', {bits} bits' if bits else ''}"
        raise InputError(
            f"model {source.ref} has quantised weights ({kind}), which cannot be finetuned and are not read: "
            "name the model it was quantised from"
        )


def _check_body(
    files: ModelFiles, model: PreTrainedModel, missing: set[str], unexpected: set[str], mismatched: set[tuple[Any, ...]]
) -> None:
    prefix = f"{model.base_model_prefix}."
    misfits = sorted((name, tuple(there), tuple(here)) for name, there, here in mismatched if name.startswith(prefix))
    if misfits:
        name, there, here = misfits[0]
        raise InputError(
            f"model {files.source.ref} does not fit its config.json: {name} is {_times(there)} in its file and "
            f"{_times(here)} by config.json ({len(misfits)} such tensors)"
        )
    lacking = sorted(name for name in missing if name.startswith(prefix) and ".pooler." not in name)
    if not lacking:
        return
    ref, body = files.source.ref, [name for name in model.state_dict() if name.startswith(prefix)]
    if len(lacking) == len(body) and unexpected:
        raise InputError(
            f"model {ref} has its weights under other names ({min(unexpected)} and so on, where {lacking[0]} is looked "
            "for): save the model inside the wrapper with save_pretrained"
        )
    raise InputError(f"model {ref} lacks {len(lacking)} weights, first {lacking[0]}: its file is damaged")


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _check_finite(source: ModelSource, model: PreTrainedModel) -> None:
    broken = [name for name, weight in model.named_parameters() if not bool(torch.isfinite(weight).all())]
    if broken:
        raise InputError(
            f"model {source.ref} has weights that are no numbers (NaN or infinite) in {len(broken)} of its tensors, "
            f"first {broken[0]}: its training has diverged, or its file is damaged"
        )


def _explain(source: ModelSource, error: Exception, silent: str | None) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    text = str(error).lower()
    if "trust_remote_code" in text or "custom code" in text:
        return (
            f"model {source.ref} brings its own code, and no code of a model is ever run here: "
            "name a model whose architecture is part of transformers"
        )
    if ("model type" in text and "recognize" in text) or ("model_type" in text and "config.json" in text):
        return (
            f"model {source.ref} has an architecture that transformers {transformers_version} does not know ({first})"
        )
    if "unrecognized configuration class" in text:
        kind = first.partition("'")[2].partition("'")[0].rpartition(".")[2] or "its architecture"
        return f"model {source.ref} cannot be a reward model: transformers has no text classifier for {kind}"
    if type(error).__name__ == "SafetensorError":
        return f"model {source.ref} has a file of weights that is cut off or is no safetensors: copy it again ({first})"
    if source.local:
        return f"folder {source.ref} cannot be read as a model: {first}"
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
