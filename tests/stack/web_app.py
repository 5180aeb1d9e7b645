"""A small application that tells what the web server handed to it; started as its own process by the tests."""

import os
import time

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
app.config["MAX_FORM_MEMORY_SIZE"] = None


@app.before_request
def refuse_unread_body():
    """Answer as the platform would: with its own page."""
    if request.environ.get("creative_platform.body_refused"):
        status = request.environ["creative_platform.refusal_status"]
        return Response(f"refused {status}", status, {"Retry-After": "30", "Connection": "close"})
    return None


@app.route("/", methods=["GET", "POST"])
def seen():
    """Say what arrived, and when."""
    if request.environ["creative_platform.listener"] == "uploads":
        request.max_content_length = 1024**3
    body_bytes = len(request.get_data())
    return jsonify(
        arrival=request.environ["creative_platform.arrival"],
        called=time.time(),
        body_bytes=body_bytes,
        pid=os.getpid(),
        parent=os.getppid(),
        address=request.remote_addr,
        scheme=request.scheme,
        host=request.host,
        by_proxy=request.environ["creative_platform.by_proxy"],
        forwarded=sorted(key for key in request.environ if "FORWARDED" in key),
    )


@app.route("/big")
def big():
    """Answer with 2 MiB, more than the socket takes from a client that does not read."""
    return Response(b"x" * 2 * 1024 * 1024)


@app.route("/stream")
def stream():
    """Answer piece by piece, for a second."""
    return Response(piece() for _ in range(100))


def piece():
    """Wait a little, then give 64 KiB."""
    time.sleep(0.01)
    return b"y" * 65536


@app.route("/wait/<float:seconds>")
def wait(seconds):
    """Keep a thread for a while."""
    time.sleep(seconds)
    return "waited"
