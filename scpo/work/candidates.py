"""Score one's own candidates with models; nothing is stored."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from scpo.config import EncodingConfig
from scpo.data.candidates import Candidates
from scpo.model.scoring import score
from scpo.work.context import Work
from scpo.work.global_model import model_encoding
from scpo.work.score import check_numbers, identify_model, load_model


def score_candidates(work: Work, candidates: Sequence[Candidates], ref: str) -> list[list[float]]:
    """Return the reward of each response of each prompt under a model; the prompt alone is read, as a turn."""
    identity = identify_model(work.store, ref, work.settings)
    encoding = model_encoding(work.store, identity, EncodingConfig()).model_copy(update={"context": "turn"})
    model = load_model(identity, encoding=encoding, settings=work.settings)
    messages = [[{"role": "user", "content": one.prompt}] for one in candidates for _ in one.responses]
    responses = [response for one in candidates for response in one.responses]
    found = score(
        model,
        model.encode(messages, responses),
        on_progress=lambda done, total: work.tell(f"scoring with {ref}", done, total, "responses"),
    )
    check_numbers(identity.name, found.reward, lambda row: f"response {row + 1} of all candidates")
    rewards = iter(found.reward.tolist())
    return [list(itertools.islice(rewards, len(one.responses))) for one in candidates]
