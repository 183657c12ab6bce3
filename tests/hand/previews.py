"""Tables of previews as the command and the pages make them: measured on test users, chosen by folds."""

from collections.abc import Mapping, Sequence

import pandas as pd

from scpo import results
from scpo.config import ObjectiveConfig


def preview_table(
    previewer: results.Previewer, asked: Mapping[str, Sequence[ObjectiveConfig]], *, ridge: float, **how
) -> pd.DataFrame:
    """Measure previews of settings and choose among them; `how` goes to `results.setting_rows`."""
    runs = previewer.runs(asked, ridge=ridge, others=how.get("others", True))
    rows = results.setting_rows(
        previewer.scored, runs, previewer.config, countries=list(asked), ruler=previewer.ruler, **how
    )
    held_out, _ = previewer.held_out(asked, ridge=ridge)
    return results.mark_choice_on_folds(pd.DataFrame(rows), held_out, rule="max_all_country", eps=0.01)
