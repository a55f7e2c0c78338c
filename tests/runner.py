"""Runs programs one after the other, each in a process of its own that is forked from this one.

Starting Python and importing what tests use takes longer than most of the programs. A request is a line of JSON on the
standard input: the folder, the arguments of ``python``, and the file for what is printed. The answer is the exit
status.
"""

from __future__ import annotations

import asyncio
import dataclasses
import doctest
import json
import os
import runpy
import signal
import sys
import unittest.mock

PRELOADED = (asyncio, dataclasses, doctest, unittest.mock)
SECONDS = 60


def serve() -> list[str]:
    """Answer requests until there are no more; in the process of a program, return the arguments for it."""
    for line in sys.stdin:
        folder, arguments, output = json.loads(line)
        if not (child := os.fork()):
            signal.alarm(SECONDS)
            os.chdir(folder)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            printed = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(printed, 1)
            os.dup2(printed, 2)
            return list(arguments)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    if (program := serve())[0] == "-m":
        sys.argv = program[1:]
        sys.path[0] = os.getcwd()
        runpy.run_module(program[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = program
        sys.path[0] = os.path.dirname(os.path.abspath(program[0]))
        sys.path.insert(1, os.getcwd())
        runpy.run_path(program[0], run_name="__main__")
