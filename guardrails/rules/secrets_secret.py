"""Credentials are secret: marked where they belong, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guardrails.rule import Finding, Level, Rule
from guardrails.stack_resource import MISSING, UNKNOWN, Resource, Secret, leaves

_BELONGS = {
    "pulumi:providers:kubernetes": ("kubeconfig",),
    "azure-native:containerservice:ManagedCluster": ("windowsProfile.adminPassword",),
    "kubernetes:core/v1:Secret": ("data", "stringData"),
}
"""Type -> fields that hold credentials and must carry the mark."""

_CREDENTIAL = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bclient-key-data:|\bclient-certificate-data:|"
    r"\beyJhbGciOi[\w-]+\.[\w-]+\.[\w-]+"
)
"""A private key, a kubeconfig with one, a signed token."""


def check(resource: Resource) -> Iterator[Finding]:
    """Ask for the mark where the source shows marks, and look for credentials in all other inputs."""
    belongs = _BELONGS.get(resource.type, ())
    if resource.shows_secrets:
        for field in belongs:
            value = resource.at(field)
            if (
                value in (MISSING, None, "", UNKNOWN)
                or isinstance(value, Secret)
                or _holds_only_secrets(value)
            ):
                continue  # an unknown value carries no mark yet; its source marks it when it comes
            yield Finding(
                resource.urn,
                "unmarked",
                f"{field} is in clear but holds a credential; wrap it in pulumi.Output.secret (everybody who may read "
                "the state may read it)",
            )
    for path, value, secret in leaves(resource.props):
        if secret or any(path == field or path.startswith(f"{field}.") for field in belongs):
            continue
        if isinstance(value, str) and _CREDENTIAL.search(value):
            yield Finding(
                resource.urn,
                "credential",
                f"{path} is a value with a credential in it but the field is not secret; put it into a Secret, or "
                "take it out (it is stored and shown in clear)",
            )


def _holds_only_secrets(value: object) -> bool:
    if not isinstance(value, dict) or not value:
        return False
    return all(isinstance(item, Secret) for item in value.values())


SECRETS_SECRET = Rule(
    name="secrets-are-secret",
    level=Level.MANDATORY,
    reason="A credential in clear is in the state, in the log and in every preview that somebody pastes.",
    exempt="Never; a value that only looks like a credential is better written differently.",
    resource=check,
)
