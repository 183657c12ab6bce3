"""Steerable cultural preference optimisation of reward models: the engine behind the dashboard."""

__version__ = "0.1.0"
