"""Charts of the page Divergence."""
