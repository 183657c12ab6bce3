"""PRISM: its files and its survey (data-formats, sections 1 to 7)."""
