"""What the sandbox raises. One root, so that the command line can print one line and exit with a documented code."""


class SandboxError(Exception):
    """Anything the sandbox cannot do; the message says what is missing and what to do about it."""


class ToolError(SandboxError):
    """A program of the sandbox could not be found, downloaded, verified or built."""


class ProcessError(SandboxError):
    """A program of the sandbox ended, or did not become ready within its time limit."""
