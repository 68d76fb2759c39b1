"""Texts: how they are compared, searched and named, the same on both databases and at every door."""
