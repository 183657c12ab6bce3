"""The reward head of a model's files: under its own name or another, with one output or several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from scpo.errors import InputError
from scpo.model.files import ModelFiles
from scpo.models import MARGIN

_TRAINABLE = "train one with `scpo model train-global --backbone`, or name a model that has one"
_LANGUAGE_MODEL = ("lm_head.", "embed_out.", "cls.", "lm_predictions.", "mask_predictions.")
"""What a language model has above its body; no reward is in it."""


def head_module(model: nn.Module) -> nn.Linear:
    """Return the last linear layer with one output; with adapters the trained copy comes after the frozen original."""
    return [m for m in model.modules() if isinstance(m, nn.Linear) and m.out_features == 1][-1]


def settle_head(
    model: Any, files: ModelFiles, missing: set[str], mismatched: Iterable[tuple[Any, ...]], unexpected: set[str]
) -> list[str]:
    """Give a model the reward head that its files hold, wherever it was not found under the name it should have.

    Parameters
    ----------
    model : PreTrainedModel
        With a head of one output, which is changed in place.
    files : ModelFiles
        Of the model, or of an adapter of it.
    missing, mismatched, unexpected
        What was noticed when the files were read: names of weights, and (name, shape there, shape here).

    Returns
    -------
    list of str
        What a user should know of it, a sentence each.

    Raises
    ------
    InputError
        If there is no head, or no single one; the sentence says what is there instead.
    """
    head = head_module(model)
    name = next(name for name, module in model.named_modules() if module is head)
    ref, output = files.source.ref, files.source.reading.output
    weight, bias = f"{name}.weight", f"{name}.bias"
    lacking = sorted(missing - {bias})
    if any(one[0] == weight for one in mismatched):
        return _choose_output(head, files, weight, output)
    if lacking:
        others = other_heads(files.shapes, unexpected | files.beside, head.in_features)
        if lacking != [weight] or len(others) != 1:
            raise InputError(_no_head(files, weight, lacking, unexpected, others))
        notes = [take_head(head, files, others[0])]
    elif bias in missing or (bias in unexpected and files.shapes.get(bias) == (1,)):
        notes = []
        _fill(head, files.tensor(weight), torch.zeros(1) if bias in missing else files.tensor(bias))
    else:
        notes = []
    if output is not None:
        raise InputError(f"model {ref} has one output: leave out --output")
    return notes


def other_heads(shapes: dict[str, tuple[int, ...]], names: Iterable[str], n_features: int) -> list[str]:
    """Return which weights are linear maps from a model's features to one number."""
    return sorted(name for name in names if shapes.get(name) == (1, n_features) and name.endswith(".weight"))


def take_head(head: nn.Linear, files: ModelFiles, name: str) -> str:
    """Fill a head from a weight under another name, in the scale its trainer reports, and say so."""
    bias = name.removesuffix("weight") + "bias"
    weight = files.tensor(name)
    constant = files.tensor(bias) if files.shapes.get(bias) == (1,) else torch.zeros(1)
    said = f"its reward head is read from {name}"
    config = files.config
    if config.get("normalize_reward") and config.get("std"):  # as OpenRLHF scores
        mean, std = float(config.get("mean", 0.0)), float(config["std"])
        weight, constant = weight / std, (constant - mean) / std
        said += f", and its rewards are divided by {std:g} after {mean:g} is taken away, as its config.json says"
    _fill(head, weight, constant)
    return said


def _fill(head: nn.Linear, weight: Tensor, bias: Tensor) -> None:
    """Set a head's weights; a constant needs a bias, which not every architecture has."""
    with torch.no_grad():
        head.weight.copy_(weight.to(head.weight.dtype))
        if head.bias is None and bias.any():
            head.bias = nn.Parameter(torch.zeros(1, dtype=head.weight.dtype))
        if head.bias is not None:
            head.bias.copy_(bias.to(head.weight.dtype))


def _choose_output(head: nn.Linear, files: ModelFiles, name: str, output: str | None) -> list[str]:
    weight = files.tensor(name)
    bias = files.tensor(name.removesuffix("weight") + "bias") if head.bias is not None else torch.zeros(len(weight))
    labels = files.config.get("id2label") or {}
    named = [str(labels.get(str(i), f"LABEL_{i}")) for i in range(len(weight))]
    shown = ", ".join(f"{i} = {label}" for i, label in enumerate(named[:5])) + (", …" if len(named) > 5 else "")
    ways = [f"--output {i}" for i in range(min(len(named), 2))] + ([f"--output {MARGIN}"] if len(named) == 2 else [])
    question = f"model {files.source.ref} has {len(named)} outputs ({shown})"
    if output is None:
        raise InputError(
            f"{question}, so its reward is not one number: choose with {', '.join(ways[:-1])} or {ways[-1]}"
        )
    if output == MARGIN and len(named) == 2:
        _fill(head, weight[1:] - weight[:1], bias[1:] - bias[:1])
        return [f"its reward is output 1 ({named[1]}) minus output 0 ({named[0]})"]
    if output == MARGIN or int(output) >= len(named):
        raise InputError(f"{question}: there is no output {output}")
    at = int(output)
    _fill(head, weight[at : at + 1], bias[at : at + 1])
    return [f"its reward is output {at} ({named[at]}) of {len(named)}"]


def _no_head(files: ModelFiles, weight: str, lacking: list[str], unexpected: set[str], others: list[str]) -> str:
    ref = files.source.ref
    kind = next(iter(files.config.get("architectures") or []), "")
    own = sorted(name for name in unexpected if not name.startswith(_LANGUAGE_MODEL))
    if len(others) > 1:
        return f"model {ref} has {len(others)} heads with one output ({', '.join(others)}): which is the reward?"
    if own:
        code = (
            "" if "auto_map" not in files.config else ", which its own code uses; no code of a model is ever run here"
        )
        return (
            f"model {ref} has no reward head that is one linear layer with one output: instead of {weight} it has "
            f"{', '.join(f'{name} ({_size(files.shapes.get(name))})' for name in own[:3])}{code}"
        )
    what = f", it is a {kind}" if kind and "SequenceClassification" not in kind else ""
    return f"model {ref} has no trained reward head ({', '.join(lacking)} missing{what}): {_TRAINABLE}"


def _size(shape: tuple[int, ...] | None) -> str:
    return "unknown size" if shape is None else " x ".join(map(str, shape))
