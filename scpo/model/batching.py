"""From token rows to tensors: padding, length-sorted batches, precision, and the mode of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from scpo.errors import InputError
from scpo.model.encoding import EncodedText
from scpo.settings import known_device

Precision = Literal["auto", "float32", "bfloat16"]


@dataclass(frozen=True)
class Batch:
    """Texts padded on the right to the longest of them."""

    inputs: dict[str, Tensor]
    """``input_ids``, ``attention_mask`` and, where the model has it, ``token_type_ids``; each (batch, length)."""

    last: Tensor
    """Shape (batch,): index of the last token that is not the padding token."""


def pad_batch(texts: Sequence[EncodedText], *, pad_id: int, device: torch.device) -> Batch:
    """Pad texts on the right to the longest of them."""
    width = max(len(text) for text in texts)
    ids = np.full((len(texts), width), pad_id, dtype=np.int64)
    mask = np.zeros((len(texts), width), dtype=np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text.input_ids
        mask[row, : len(text)] = 1
    arrays = {"input_ids": ids, "attention_mask": mask}
    if any(text.token_type_ids is not None for text in texts):
        types = np.zeros((len(texts), width), dtype=np.int64)
        for row, text in enumerate(texts):
            if text.token_type_ids is not None:
                types[row, : len(text)] = text.token_type_ids
        arrays["token_type_ids"] = types
    # The rule of transformers' last-token models, so that a padding token inside a text is treated as there.
    last = np.where(ids != pad_id, np.arange(width), 0).argmax(axis=1)
    inputs = {name: torch.from_numpy(array).to(device, non_blocking=True) for name, array in arrays.items()}
    return Batch(inputs, torch.from_numpy(last).to(device, non_blocking=True))


def unique_texts(texts: Sequence[EncodedText]) -> tuple[list[int], NDArray[np.int64]]:
    """Find texts that are the same input to the model.

    Returns
    -------
    first : list of int
        Row of the first occurrence of each distinct text, in order of appearance.
    inverse : array of shape (n_texts,)
        For each text its position in `first`.
    """
    seen: dict[bytes, int] = {}
    first: list[int] = []
    inverse = np.empty(len(texts), dtype=np.int64)
    for row, text in enumerate(texts):
        position = seen.setdefault(text.key, len(first))
        if position == len(first):
            first.append(row)
        inverse[row] = position
    return first, inverse


def split_by_length(lengths: NDArray[np.int64], *, overhead: int, max_tokens: int) -> list[NDArray[np.int64]]:
    """Partition texts into batches of similar length at the least cost, exactly.

    A batch costs (texts x longest text) + `overhead` tokens: padding against the fixed price of one more forward pass.

    Parameters
    ----------
    lengths : array of shape (n,)
        Tokens of each text.
    overhead : int
        Price of a forward pass, in tokens; a large one gives a single batch.
    max_tokens : int
        No batch is larger than this after padding (unless a single text is).

    Returns
    -------
    list of arrays
        Rows of each batch, longest batch first; every row occurs once.
    """
    order = np.argsort(-lengths, kind="stable")
    ordered = lengths[order]
    n = len(order)
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    cut = np.zeros(n + 1, dtype=np.int64)
    for start in range(n):
        # Longest first, so a batch that starts here is as wide as its first text.
        stop = min(n, start + max(1, max_tokens // max(int(ordered[start]), 1)))
        cost = best[start] + overhead + ordered[start] * np.arange(1, stop - start + 1)
        better = cost < best[start + 1 : stop + 1]
        best[start + 1 : stop + 1][better] = cost[better]
        cut[start + 1 : stop + 1][better] = start
    batches: list[NDArray[np.int64]] = []
    end = n
    while end > 0:
        batches.append(order[cut[end] : end])
        end = int(cut[end])
    return batches[::-1]


def resolve_device(device: str) -> torch.device:
    """Turn ``auto``, ``cpu``, ``cuda`` or ``cuda:0`` into a device that is there.

    Raises
    ------
    InputError
        If it is none of these, or a GPU that this machine does not have.
    """
    if device == "auto":
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    try:
        wanted = torch.device(known_device(device))
    except ValueError as error:
        raise InputError(str(error)) from None
    if wanted.type == "cuda" and (not torch.cuda.is_available() or (wanted.index or 0) >= torch.cuda.device_count()):
        raise InputError(f"device {device} is not on this machine: use auto or cpu (SCPO_DEVICE)")
    return wanted


def has_fast_bfloat16(device: torch.device) -> bool:
    """Say whether the device multiplies bfloat16 matrices in hardware (GPU with bf16, CPU with AMX)."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()


def autocast(device: torch.device, precision: Precision) -> AbstractContextManager[object]:
    """Return the context in which the model is evaluated in the wanted precision."""
    if precision == "bfloat16" or (precision == "auto" and has_fast_bfloat16(device)):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put the model in eval mode without gradients, and back into its mode after."""
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(was_training)
