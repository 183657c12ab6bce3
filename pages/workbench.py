"""Workbench: what do tau and beta do, before GPU time is spent?"""

from dashboard import components, workbench

selection = components.opened()
workbench.show_page(selection)
