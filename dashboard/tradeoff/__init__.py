"""The page Trade-off; it lends its figures to Brief, Bias and Workbench."""
