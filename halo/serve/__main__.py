"""`python -m halo.serve`: what `make run` runs."""

from halo.serve import start

start()
