"""Slides: what do I want to show, in which order, and what do I say about it?"""

from dashboard.frame import components
from dashboard.slides import view

view.show_page(components.opened())
