"""Answers as plain values: the objects that `--format json` prints and the REST API sends.

They are the same objects because they are made here, once: money as exact decimal text, dates as ISO text, and where a
value is absent its `reason`.
"""
