"""A pairs file of one's own: CSV, JSONL or Parquet."""
