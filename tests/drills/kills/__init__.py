"""Kills along the whole way of a file: where they fall (`blows`), who sends (`phone`), what holds (`truth`)."""
