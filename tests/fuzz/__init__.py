"""Bad input on purpose: whatever is read ends in an answer or in one clear error of our own, in bounded time.

`targets/` holds one target a file: what is fed in, and what judges it. `test_fuzz.py` feeds each a few hundred inputs
in `make test`; `make fuzz` feeds 100,000 (`python -m tests.fuzz`), and the parsers as many again under atheris, which
looks for inputs that reach new code (`coverage_guided.py`). What a run has found stays as a test beside the code it
was found in.
"""
