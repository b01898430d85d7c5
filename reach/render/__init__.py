"""Answers as text, JSON, Markdown and one HTML page.

May live here: layout and words. May not: anything that decides; same answer, same bytes.
"""
