"""Caches written by hand, without a model or training: every number in them can be counted."""
