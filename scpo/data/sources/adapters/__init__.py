"""Named layouts of public preference data: presets on top of the general sources `pairs` and `responses`."""
