"""What the plugin adds to flake8 over the standard library: ``python benchmarks/flake8_overhead.py``.

Both runs happen in turn, in fresh processes of the same environment, one job each, and CPU time is counted: the
difference of two long runs is mostly noise, so the time inside the plugin is also measured directly, in the run that
has it. Nothing in the library holds a name of the default migration.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from typing import Any


def child(tree: str, *, with_plugin: bool) -> None:
    """Run flake8 once in this process and print what it took."""
    from flake8.main.cli import main
    from flake8.plugins import finder

    find = finder._find_importlib_plugins
    spent = 0.0

    def others() -> Iterator[Any]:
        return (plugin for plugin in find() if plugin.package != "cachelift")

    if with_plugin:
        from cachelift import flake8_plugin

        make = flake8_plugin.Plugin.__init__

        def measured(self: Any, tree: Any, filename: str, lines: list[str], options: argparse.Namespace) -> None:
            nonlocal spent
            start = time.process_time()
            make(self, tree, filename, lines, options)
            spent += time.process_time() - start

        flake8_plugin.Plugin.__init__ = measured  # type: ignore[method-assign]
    else:
        finder._find_importlib_plugins = others
    os.chdir(tree)
    options = ["--isolated", "--jobs=1", "--quiet", "--exit-zero", "--exclude=site-packages,__pycache__"]
    main([*options, f"--output-file={os.devnull}", "."])
    print(json.dumps({"total": time.process_time(), "plugin": spent}))


def run(tree: str, *, with_plugin: bool) -> dict[str, float]:
    """Run the child in a process of its own."""
    command = [sys.executable, __file__, "--tree", tree, "--child", "with" if with_plugin else "without"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", default=sysconfig.get_path("stdlib"))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--child", choices=("with", "without"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.tree, with_plugin=arguments.child == "with")
        return
    found: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    for _ in range(arguments.repeat):
        for with_plugin, results in found.items():
            results.append(run(arguments.tree, with_plugin=with_plugin))
    totals = {with_plugin: [each["total"] for each in results] for with_plugin, results in found.items()}
    for with_plugin, label in ((False, "without the plugin"), (True, "with the plugin")):
        print(f"flake8 {label}: {', '.join(f'{total:.2f}' for total in sorted(totals[with_plugin]))} s of CPU")
    before, after = (statistics.median(totals[with_plugin]) for with_plugin in (False, True))
    inside = statistics.median(each["plugin"] for each in found[True])
    print(f"difference of the medians: {after - before:+.2f} s, {(after - before) / before:+.2%}")
    print(f"inside the plugin: {inside:.3f} s, {inside / before:.2%}")


if __name__ == "__main__":
    main()
