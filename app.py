"""The WSGI application: what `flask` and any WSGI server load."""

from halo import create_app

app = create_app()
