"""The templates of the pages; Jinja2 reads them by name."""
