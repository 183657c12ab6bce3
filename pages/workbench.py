"""Workbench: what do tau and beta do, before GPU time is spent?"""

from dashboard.frame import checks, components
from dashboard.workbench import view

selection = components.opened()
view.show_page(selection)
checks.show_checks(selection, "workbench")
