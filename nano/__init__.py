"""How the built-in model is made and checked: ``python -m nano``.

It imports samscope and is never imported by it.
"""
