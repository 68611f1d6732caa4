"""Signals: what tells who is ready for more, who is not, and why; as of any day, without looking ahead."""

from upswell.analysis.signals.reading import first_unknown_day, read_signals

__all__ = ["first_unknown_day", "read_signals"]
