"""What would change for people: the page Behaviour."""
