"""Counting the audit log at any size: from the tables of hours and days, else by a sample."""
