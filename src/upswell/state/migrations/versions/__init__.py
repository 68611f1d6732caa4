"""The revisions of the state's tables, oldest first by their number."""
