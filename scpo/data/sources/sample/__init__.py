"""The generated sample: people, topics and texts with a known truth."""
