"""The page Divergence, its tab of preferences."""
