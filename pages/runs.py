"""Runs: what is running, what happened, what can I stop?"""

import streamlit as st

from dashboard.frame import actions, state
from dashboard.frame import load as data
from dashboard.kit import text
from dashboard.runs import queue as queue_view
from dashboard.runs import view as run_view
from dashboard.runs import words as work_words

actions.notice()
work = data.load_work()
queue_view.needs_work(work)

st.header(text.plain(work_words.title(work)))
queue_view.worker_note(work)
statuses, study = queue_view.filters(work)
run = state.chosen_run(work["run_id"].tolist())
queue_view.show_queue(work, statuses, study, run)
run_view.show_run(work, run)
