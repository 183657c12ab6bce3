"""The sources of data sets, one folder each: raw files to tables."""
