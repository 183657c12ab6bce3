"""The page Divergence, its tab of survey answers."""
