"""A small project on disk: one stack, an application of two pods, and whatever policies a test writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

NAMESPACES = """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {team: a}
"""

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: web:1
          ports: [{name: http, containerPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: db:1}]}
---
apiVersion: v1
kind: Service
metadata: {name: front, namespace: shop}
spec:
  type: LoadBalancer
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
"""

DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress]
"""


def policy(spec: str, name: str = "p", namespace: str = "shop") -> str:
    """Return a Calico NetworkPolicy."""
    return (
        "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )


def global_policy(spec: str, name: str = "g") -> str:
    """Return a Calico GlobalNetworkPolicy."""
    return f"apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {spec}\n"


def make_project(folder: Path, *policies: str, app: str = APP, config: str = "") -> Path:
    """Write the project into a folder, whose stack `byocni` then has these policies."""
    (folder / "apps" / "yaobank-org").mkdir(parents=True, exist_ok=True)
    (folder / "policies" / "byocni").mkdir(parents=True, exist_ok=True)
    (folder / "apps" / "yaobank-org" / "00-namespaces.yaml").write_text(NAMESPACES, encoding="utf-8")
    (folder / "apps" / "yaobank-org" / "10-app.yaml").write_text(app, encoding="utf-8")
    for file in (folder / "policies" / "byocni").glob("*.yaml"):
        file.unlink()
    for number, text in enumerate(policies or (DENY,)):
        (folder / "policies" / "byocni" / f"{number:02}.yaml").write_text(text, encoding="utf-8")
    (folder / "Pulumi.byocni.yaml").write_text(
        f"config:\n  calico-labs:lab: byocni\n{config}", encoding="utf-8"
    )
    return folder


def commit(folder: Path, message: str) -> None:
    """Put the project, as it is, under git."""
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", message]):
        subprocess.run(
            ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
            check=True,
        )
