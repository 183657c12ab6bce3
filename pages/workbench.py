"""Workbench: what do tau and beta do, before GPU time is spent?"""

from dashboard.frame import components
from dashboard.workbench import view as workbench

selection = components.opened()
workbench.show_page(selection)
