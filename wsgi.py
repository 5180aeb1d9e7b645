"""The WSGI application: ``flask --app wsgi`` and the web server start here."""

from config import load
from creative_platform.app import create_app

app = create_app(load())
