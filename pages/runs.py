"""Runs: what is running, what happened, what can I stop?"""

import streamlit as st

from dashboard import actions, data, queue_view, run_view, state, text, work_words

actions.notice()
work = data.load_work()
queue_view.needs_work(work)

st.header(text.plain(work_words.title(work)))
queue_view.worker_note(work)
statuses, study = queue_view.filters(work)
run = state.chosen_run(work["run_id"].tolist())
queue_view.show_queue(work, statuses, study, run)
run_view.show_run(work, run)
