"""How fast samscope is, side by side with its peers: ``python -m benchmarks``.

It imports samscope and is never imported by it.
"""
