"""Falsification checks, pure: each asks whether something else than the country's taste explains what a page shows."""
