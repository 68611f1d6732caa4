"""Sources: readers that bring outside records into the import tables."""

from upswell.sources.files import read_columns, read_file

__all__ = ["read_columns", "read_file"]
