"""Processes that begin with everything imported: importing torch takes longer than most of their work."""

import multiprocessing
from multiprocessing.context import ForkServerContext


def preloaded() -> ForkServerContext:
    """Return what starts such processes; each is one of its own, that shares nothing with the others."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.begun"])
    return context
