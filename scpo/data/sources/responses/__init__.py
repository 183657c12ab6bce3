"""Prompts with several responses that people chose, scored or ranked: a row per response, per prompt, or nested."""
