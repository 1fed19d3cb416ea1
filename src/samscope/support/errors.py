"""The two kinds of error that samscope raises for what a user can mend."""


class SamscopeError(Exception):
    """The work cannot go on: a file, a model or the machine is not as it must be.

    The message is one line that names the file or the setting, says what was expected and how to mend it.
    The command line prints it without a traceback and exits with ``exit_code``.
    """

    exit_code = 1


class UsageError(SamscopeError):
    """An argument asks for something that does not exist or cannot be: the command line exits with 2."""

    exit_code = 2
