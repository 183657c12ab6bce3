"""The page Data & methods."""
