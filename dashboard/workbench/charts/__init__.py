"""Charts of the Workbench. Each picture is made once per look and axes; a move of a slider fills in other tables."""
