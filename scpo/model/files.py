"""The files of a model, in a folder or on the hub at a commit: what they hold, without loading it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from safetensors import safe_open
from torch import Tensor

from scpo.errors import InputError
from scpo.references import ModelSource, read_json, weight_files

_HEAD_ALONE = "value_head.safetensors"
_SINGLE = ("model.safetensors", _HEAD_ALONE)


class ModelFiles:
    """Files of one model.

    Parameters
    ----------
    source : ModelSource
        From `scpo.references.lookup`.
    commit : str or None
        On the hub; None for a folder.
    offline, token
        As in `scpo.model.reward_model.RewardModel.load`.
    """

    def __init__(self, source: ModelSource, commit: str | None, *, offline: bool, token: str | None) -> None:
        self.source = source
        self._where: dict[str, Any] = {"revision": commit, "local_files_only": offline, "token": token}

    def path(self, name: str) -> Path | None:
        """Return where a file lies on this machine, fetched if need be; None if the model has none of this name."""
        if self.source.local:
            path = Path(self.source.source) / name
            return path if path.is_file() else None
        # Only a reference to the hub needs its client.
        from huggingface_hub import hf_hub_download
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

        try:
            return Path(hf_hub_download(self.source.source, name, **self._where))
        except (EntryNotFoundError, LocalEntryNotFoundError):
            return None

    @cached_property
    def config(self) -> dict[str, Any]:
        """Return ``config.json``; empty if there is none."""
        path = self.path("config.json")
        return {} if path is None else read_json(path)

    @cached_property
    def weights(self) -> list[Path]:
        """Return the files with the weights."""
        if self.source.local:
            return weight_files(Path(self.source.source))
        index = self.path("model.safetensors.index.json")
        names = sorted(set(read_json(index)["weight_map"].values())) if index is not None else []
        return [path for path in map(self.path, dict.fromkeys([*names, *_SINGLE])) if path is not None]

    @cached_property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight in the files, by its name there."""
        return {name: shape for path in self.weights for name, shape in _shapes(path).items()}

    @cached_property
    def beside(self) -> set[str]:
        """Return the weights of a head that lies in a file of its own, which transformers does not read."""
        return {name for path in self.weights if path.name == _HEAD_ALONE for name in _shapes(path)}

    def tensor(self, name: str) -> Tensor:
        """Read one weight, float32."""
        for path in self.weights:
            with safe_open(path, framework="pt") as tensors:
                if name in tensors.keys():  # noqa: SIM118
                    return tensors.get_tensor(name).float()
        raise InputError(f"model {self.source.ref} has no weight {name}")


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    with safe_open(path, framework="pt") as tensors:
        return {name: tuple(tensors.get_slice(name).get_shape()) for name in tensors.keys()}  # noqa: SIM118
