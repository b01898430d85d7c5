"""Calico's selector language: text to tree, tree to canonical text, tree against labels.

May live here: the language alone. May not: what a selector is used for; namespaces and network sets are
`reach.scope`'s business.
"""

from reach.selectors.nodes import LabelIndex, Selector
from reach.selectors.parser import parse

__all__ = ["LabelIndex", "Selector", "parse"]
