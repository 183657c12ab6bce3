"""Text to reward: loading, encoding, scoring and training of reward models (the only torch room)."""
