"""The REST API under /api/v1: the same use cases as the command line, as JSON, CSV and Parquet."""
