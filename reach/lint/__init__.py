"""Advice on what is legal but most likely not meant, each with file and line.

May live here: findings about policies that the API accepts. May not: refusals (`reach.kinds`) and verdicts.
"""

from reach.lint.run import CHECKS, Finding, lint

__all__ = ["CHECKS", "Finding", "lint"]
