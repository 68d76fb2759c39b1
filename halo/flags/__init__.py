"""Flags: kill switches per workspace, set by the instance's operators only.

The catalogue (`catalogue.py`) knows every flag and its default; a row exists only where an operator decided. A
change raises the workspace's state version, so that every process refuses from its next call on. A decision may
begin later and end by itself: no job carries that out, `state.py` reckons the value of the moment for whoever asks,
and caches keep it no longer than it holds. A job only tells the history (`planned.py`). After its end a flag is what it
lastingly was before, not the default.
"""
