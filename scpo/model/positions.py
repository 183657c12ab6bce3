"""How many tokens of one text a model can tell the places of."""

from __future__ import annotations

import math
from typing import Any

from torch import nn


def reachable_positions(model: Any) -> float:
    """Return the longest text in tokens that a model can read; infinite where its architecture has no limit.

    A table of learnt positions counts as it is used: RoBERTa and its kin begin after the padding token's place.
    """
    said = getattr(model.config, "max_position_embeddings", None)
    limit = float(said) if isinstance(said, int) and said > 0 else math.inf
    for name, module in model.named_modules():
        if isinstance(module, nn.Embedding) and name.endswith("position_embeddings") and module.padding_idx is not None:
            limit = min(limit, module.num_embeddings - module.padding_idx - 1)
    return limit
