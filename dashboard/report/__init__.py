"""A study as a report: findings of the pages put together, as HTML, PDF, slides, and a zip that runs again."""
