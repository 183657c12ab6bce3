"""Charts of the page Bias."""
