"""``python -m cachelift``."""

import sys

if __name__ == "__main__" and not sys.flags.safe_path:
    # ``-m`` puts the current folder first: a repository's own ``click.py`` or ``json.py`` must not run.
    del sys.path[0]

from cachelift.start import script

# The guard is for worker processes: multiprocessing imports the main module again.
if __name__ == "__main__":
    script()
