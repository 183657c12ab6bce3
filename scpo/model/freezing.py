"""Leaving the lower part of a network as it is."""

from __future__ import annotations

from typing import Any

from torch import nn

from scpo.errors import InputError


def encoder_layers(model: Any) -> nn.ModuleList:
    """Return the transformer layers, lowest first: the first list of modules as long as the model is deep.

    Raises
    ------
    InputError
        If the architecture keeps its layers otherwise.
    """
    depth = model.config.num_hidden_layers
    layers = next((m for m in model.modules() if isinstance(m, nn.ModuleList) and len(m) == depth), None)
    if layers is None:
        raise InputError(f"no list of layers found in a {model.config.model_type} model: set frozen_layers to 0")
    return layers


def freeze_lowest_layers(model: Any, n_layers: int) -> None:
    """Freeze the embeddings and the lowest `n_layers` transformer layers; 0 freezes nothing.

    Parameters
    ----------
    model : PreTrainedModel or PeftModel
        Any architecture whose layers are one list, as in BERT, DeBERTa, Llama and Qwen.
    n_layers : int

    Raises
    ------
    InputError
        If the model has fewer layers.
    """
    if n_layers == 0:
        return
    layers = encoder_layers(model)
    if n_layers > len(layers):
        raise InputError(f"frozen_layers is {n_layers}, but the model has only {len(layers)} layers: lower it")
    embeddings = [m for name, m in model.named_modules() if name.split(".")[-1] in ("embeddings", "embed_tokens")]
    for module in [*embeddings, *layers[:n_layers]]:
        module.requires_grad_(False)
