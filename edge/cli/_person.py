"""Who did something, as it stands in a record."""

from edge.errors import UserError

BY_CHARS = 64


def name_of(by: str) -> str:
    """The name given with ``--by``. UserError if it is none."""
    if not by.isprintable() or not 0 < len(by.strip()) <= BY_CHARS:
        raise UserError(f"--by is {by!r}; expected a name of 1 to {BY_CHARS} characters", '--by "J. Jansen"')
    return by.strip()
