"""Data & methods: what is this built on, may I use it, can I bring my own?"""

from dashboard.data import started, upload
from dashboard.data import view as data_view
from dashboard.frame import state

selection = state.current()
part = data_view.part_picker(selection)

if part == data_view.OWN:
    upload.show_wizard()
    started.show_children()
elif part == data_view.DATA_SET:
    started.show_children()
    data_view.show_data_set(selection)
else:
    data_view.show_definitions()
