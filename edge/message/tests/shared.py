"""Where the shared test data lies, beside the checkout. Tests that need it skip where it is not."""

from pathlib import Path

SHARED = Path(__file__).parents[4] / "shared" / "data"
