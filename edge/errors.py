"""A person's mistake, told in two lines."""


class UserError(Exception):
    """What was found and expected (``message``), and what to try next (``hint``). The command line exits with 2."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}"
