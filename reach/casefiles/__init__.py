"""Files of cases: objects with the verdicts that somebody expects of them.

May live here: the format, running it, counting. May not: expectations themselves; those are data.
"""
