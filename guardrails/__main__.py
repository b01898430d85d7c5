"""Entry point of the policy pack: `pulumi preview --policy-pack guardrails`.

Pulumi starts the folder, not the package, so the folder above has to be put on the path first.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from guardrails.pack import serve

if __name__ == "__main__":
    serve()
