"""Runs: what is running, what happened, what can I stop?"""

import streamlit as st

from dashboard.frame import actions, state
from dashboard.kit import text
from dashboard.runs import queue, view, words
from dashboard.runs.load import load_broken, load_work

actions.notice()
work = load_work()
queue.broken_note(load_broken())
queue.needs_work(work)

st.header(text.plain(words.title(work)))
queue.worker_note(work)
statuses, study = queue.filters(work)
run = state.chosen_run(work["run_id"].tolist())
queue.show_queue(work, statuses, study, run)
view.show_run(work, run)
