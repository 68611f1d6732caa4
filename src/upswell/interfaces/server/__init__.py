"""`upswell serve`: one process that answers pages and programs, on this machine unless told otherwise.

`app.py` puts it together, `guard.py` looks at every request, `visitors.py` says who asks, `desk.py` holds the book in
service; `interfaces/web` has the pages and `interfaces/api` the REST API.
"""
