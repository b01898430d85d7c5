"""One target a file: what is fed in, and what judges it."""
