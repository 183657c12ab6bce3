"""Folders that the library `datasets` has written with ``save_to_disk``."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa

from scpo.errors import DataError, InputError


def is_saved(folder: Path) -> bool:
    """Tell whether a folder was written by ``save_to_disk``: one data set, or one for each split."""
    return any((folder / name).is_file() for name in ("state.json", "dataset_dict.json"))


def saved_table(folder: Path) -> pa.Table:
    """Read a data set that ``save_to_disk`` has written.

    Raises
    ------
    InputError
        If the folder holds several splits: one must be named.
    DataError
        If it cannot be read.
    """
    try:
        if (folder / "dataset_dict.json").is_file():
            splits = json.loads((folder / "dataset_dict.json").read_text(encoding="utf-8"))["splits"]
            named = " or ".join(str(folder / split) for split in splits)
            raise InputError(f"{folder} holds {len(splits)} splits of a data set; give one of them: {named}")
        # Imported here: only these folders need the library, and every page and command imports this package.
        from datasets import Dataset

        return Dataset.load_from_disk(str(folder)).data.table
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise DataError(f"{folder} was written by save_to_disk and cannot be read ({error}); write it again") from error
