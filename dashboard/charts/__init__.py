"""Charts: functions that take a table and return an Altair chart. They know no screen, no store and no state."""
