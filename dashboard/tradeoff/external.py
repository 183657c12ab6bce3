"""Models from elsewhere in words: their training is not known, and every picture they stand in says so."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.kit import marks, text
from scpo.methods import EXTERNAL, TRAINING_UNKNOWN

UNKNOWN = {"Training": TRAINING_UNKNOWN.removeprefix("training ")}
"""What a panel says of the training."""


def explained(rows: pd.DataFrame) -> tuple[str, ...]:
    """Return the definition to show, where there are any."""
    return ("external",) if (rows["method"] == EXTERNAL).any() else ()


def stars(rows: pd.DataFrame) -> str:
    """Say what the stars are; nothing where there are none."""
    return f" Stars: models from elsewhere, never chosen, {TRAINING_UNKNOWN}." if explained(rows) else ""


def unknown(rows: pd.DataFrame) -> str:
    """Say of rows of a single setting that its training is not known, where that is so."""
    return f" {TRAINING_UNKNOWN[0].upper()}{TRAINING_UNKNOWN[1:]}." if explained(rows) else ""


def training_facts(row: pd.Series) -> dict[str, str]:
    """Return what is known about how the selected point was made."""
    if row["method"] == EXTERNAL:
        return UNKNOWN
    return {
        "Training pairs": f"{_number(row['n_kept'])} kept of {_number(row['n_train'])}",
        "Seeds": marks.seeds(row),
        "Runs": text.short_ids(text.as_list(row["runs"]), most=6) or "none",
    }


def cell_facts(row: pd.Series) -> dict[str, str]:
    """Return the same of a cell of the page Bias."""
    if row["method"] == EXTERNAL:
        return UNKNOWN
    runs = text.short_ids(text.as_list(row["runs"]), most=6) or "none"
    return {"Seeds": str(int(row["n_seeds"])), "Runs": runs}


def _number(value: float) -> str:
    return f"{int(value):,}" if pd.notna(value) else text.UNKNOWN


def left_out(reasons: Mapping[str, str]) -> str:
    """Say which models from elsewhere are not shown, and why; nothing where all are."""
    if not reasons:
        return ""
    told = [f"{name} ({why})" for name, why in reasons.items()]
    return f"Models from elsewhere that are not shown: {text.listed(told, most=3)}."
