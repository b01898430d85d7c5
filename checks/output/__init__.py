"""How results are told: to people at a terminal, in a pipe, and to programs.

May live here: one way of telling a file, each a function of a report. May not: anything that decides whether a check
passed.
"""
