"""Tables to findings: pure functions, every number with its interval and its n."""
