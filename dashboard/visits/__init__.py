"""Visits without a browser: what opens pages and moves widgets of the real server, to measure it."""
