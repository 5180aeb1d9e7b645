"""How the child says no."""


class Refused(Exception):
    """The file is not accepted, with a stable reason code, the numbers for its sentence, and a line for the log."""

    def __init__(self, reason: str, detail: str = "", **data: int | float | str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail
        self.data = data
