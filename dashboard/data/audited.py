"""Who has asked for what, on the pages and on the command line, for admins."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.data import columns
from dashboard.frame import components, people
from dashboard.kit import text
from dashboard.kit.table import twin
from scpo import results
from scpo.store.audit import FILE, AuditLine, read_lines

SHOWN = 200
"""Lines, the newest; ``scpo audit --last N`` has more."""


def show_audit() -> None:
    """Show what people have asked for, to those who may read it; nothing where nobody has asked for anything."""
    if people.refusal("read the audit"):
        return
    lines, broken = read_lines(results.open_store(), SHOWN)
    if not lines and not broken:
        return
    with st.expander("Who did what", icon=":material/history:", key="audit", on_change="rerun") as opened:
        if not opened.open:
            return
        st.caption(f"The newest {text.count(len(lines), 'action')}; `scpo audit --last N` shows more.")
        if broken:
            st.warning(text.plain(f"{text.count(broken, 'line')} of {FILE} cannot be read."))
        table = pd.DataFrame([line.model_dump() for line in lines], columns=list(AuditLine.model_fields))
        shown = twin(table.assign(refused=~table["allowed"].astype(bool)), columns.AUDIT)
        components.table(shown, "audit_table", "Who started, cancelled, uploaded, exported, mended or removed what")
