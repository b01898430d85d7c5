"""One generated cluster through `reach`, from its files to the full matrix; prints figures as JSON.

A program of its own, so that its memory can be measured.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from labs.strict_yaml import load_documents
from reach.document import Document
from reach.engine import Engine
from reach.kinds.read import read
from reach.matrix import full_matrix
from reach.model import Cluster, Workload
from reach.workloads import read_workload


def run(folder: Path) -> dict[str, float]:
    """Read the files of a folder and judge them."""
    began = time.process_time()
    namespaces, pods, policies = (
        [
            Document(name, found.line, found.value)
            for found in load_documents((folder / name).read_text(encoding="utf-8"), name)
        ]
        for name in ("namespaces.yaml", "pods.yaml", "policies.yaml")
    )
    workloads: list[Workload] = []
    for document in pods:
        workload = read_workload(document)
        assert workload is not None
        workloads.append(replace(workload, address=ip_address(document.body["status"]["podIP"])))
    loaded = time.process_time()
    cluster = Cluster(
        namespaces={found.body["metadata"]["name"]: found.body["metadata"]["labels"] for found in namespaces},
        service_accounts={},
        workloads=tuple(workloads),
        policies=read(policies).policies,
    )
    matrix = full_matrix(Engine(cluster))
    done = time.process_time()
    cells = [cell for row in matrix.cells for cell in row if cell is not None]
    return {
        "yaml": loaded - began,
        "judge": done - loaded,
        "cells": len(cells),
        "open": sum(1 for cell in cells if cell.allowed),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]))))
