"""The looks, one place a file. Each yields findings, or raises `CannotLookError` if its place cannot be looked at."""
