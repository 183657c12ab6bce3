"""Report: what can I put into a paper or slide today?"""

from dashboard.frame import components
from dashboard.report import view

view.show_report(components.opened())
