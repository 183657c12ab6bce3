"""Charts of survey answers."""
