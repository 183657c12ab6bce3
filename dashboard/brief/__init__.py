"""The page Brief."""
