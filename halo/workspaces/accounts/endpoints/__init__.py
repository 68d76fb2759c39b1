"""The doors of accounts: signing in and up, the second step, and a person's own pages."""
