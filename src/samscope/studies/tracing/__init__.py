"""Traces: pairs of clips tracked with values of one run put into the other; what a draw's runs come to."""
