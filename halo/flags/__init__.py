"""Flags: kill switches per workspace, set by the instance's operators only.

The catalogue (`catalogue.py`) knows every flag and its default; a row exists only where an operator decided. A
change raises the workspace's state version, so that every process refuses from its next call on.
"""
