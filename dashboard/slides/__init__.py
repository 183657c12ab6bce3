"""The page Slides: starred views and pairs one by one, for an audience, with notes for who speaks."""
