"""Data & methods: what is this built on, may I use it, can I bring my own?"""

from dashboard.data import audited, definitions, started, upload, view
from dashboard.frame import state

selection = state.current()
part = view.part_picker(selection)

if part == view.OWN:
    upload.show_wizard()
    started.show_children()
elif part == view.DATA_SET:
    started.show_children()
    view.show_data_set(selection)
else:
    definitions.show_definitions()
audited.show_audit()
