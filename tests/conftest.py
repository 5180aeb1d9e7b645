"""What every test may ask for; each fixture starts its real server only when a test names it."""

pytest_plugins = ["tests.fixtures.objectstore", "tests.fixtures.postgres"]
