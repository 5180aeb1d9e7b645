"""The blueprint of the API; its door stands before every view."""

from __future__ import annotations

from flask import Blueprint

from creative_platform.api import requests
from creative_platform.api.operations import PREFIX
from creative_platform.web.cookies import csrf

bp = Blueprint("api", __name__, url_prefix=PREFIX)
bp.before_request(requests.enter)
csrf.exempt(bp)  # the door asks browsers for the token itself; a Bearer token needs none
