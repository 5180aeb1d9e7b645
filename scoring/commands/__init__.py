"""Subcommands of ``python -m scoring``; ``scoring.__main__.COMMANDS`` lists them."""
