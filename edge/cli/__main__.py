"""``python -m edge.cli``: the program without its console script."""

import sys

from edge.cli.main import main

sys.exit(main())
