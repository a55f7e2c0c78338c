"""``python -m cachelift``."""

import sys

from cachelift.cli import main

# The guard is for worker processes: multiprocessing imports the main module again.
if __name__ == "__main__":
    sys.exit(main())
