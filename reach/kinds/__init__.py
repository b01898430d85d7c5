"""Readers of the kinds that decide flows, one family a file: from document to `reach.model`.

May live here: fields, types, what the API refuses, how one API is put in the terms of another. May not:
verdicts, and advice on what is legal but unwise (`reach.lint`).
"""
