"""Survey answers in long tables: a row per country and option, or a row per person who answered."""
