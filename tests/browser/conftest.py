"""A real Chromium for the tests of pages (without one they are skipped here and fail in CI), and pages for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Playwright, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from config import Config
from creative_platform.app import create_app, database
from creative_platform.core import links, queue
from creative_platform.media import storage
from tests.fixtures.objectstore import RunningStore

expect.set_options(timeout=60_000)  # machines that run the whole suite are slow; what holds is seen at once


class Quiet(WSGIRequestHandler):
    """A server that does not write its log into the test's output."""

    timeout = 10  # a connection opened in advance and never used must not hold up the end

    def log(self, *args: Any) -> None:
        pass


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """Serve an application from a thread of this process, where the clock can be moved; gives its address."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = False  # closing waits for running requests, which hold database connections
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def store_address(object_store: RunningStore) -> str:
    """What browsers are told of where the store is; a test of a bad line lays one there."""
    return object_store.endpoint_url


@pytest.fixture
def serving_port(page_port: int) -> int:
    """The port at which the pages are served; another one than people reach when a line lies between."""
    return page_port


@pytest.fixture
def platform(
    app: Flask, test_config: Config, object_store: RunningStore, page_port: int, store_address: str, serving_port: int
) -> Iterator[str]:
    """The address of the platform as people reach it: with a real store, and the policy that names that store."""
    before = storage.storage()
    told = replace(
        test_config,
        base_url=f"http://127.0.0.1:{page_port}",
        s3_endpoint_url=object_store.endpoint_url,
        s3_public_url=store_address,
        s3_access_key_id=object_store.access_key_id,
        s3_secret_access_key=object_store.secret_access_key,
        s3_bucket=object_store.bucket,
    )
    served = create_app(told, testing=True)
    with serving(served, serving_port):
        yield told.base_url
    storage.storage().close()
    storage.configure(before)
    links.configure(test_config.base_url)
    queue.connect(test_config.queue_url, app.app_context)
    with served.app_context():
        database.engine.dispose()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
    yield browser
    browser.close()
