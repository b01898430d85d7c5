"""Entry point: `python -m labctl`."""

from labctl.cli import run

if __name__ == "__main__":
    run()
