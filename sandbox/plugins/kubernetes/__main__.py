"""Run as a plugin: `python -m sandbox.plugins.kubernetes [engine address]`; prints its port."""

import sys

from sandbox.plugins.kubernetes.engine_log import EngineLog
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.server import serve

if __name__ == "__main__":
    serve(KubernetesProvider(EngineLog(sys.argv[1] if len(sys.argv) > 1 else "")))
