"""The command line: commands, options, and what they say at the end; only here is printed and exited."""
