"""Installing, upgrading and uninstalling the objects of a release. Knows nothing of the engine.

An install creates and an upgrade applies; objects of others are not taken over, as in Helm. CRDs that an
operator brings along stay when its release goes.
"""

from __future__ import annotations

from sandbox.charts.chart import Chart, Install
from sandbox.plugins.kubernetes import body as bodies
from sandbox.plugins.kubernetes import kinds, objects
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.errors import ApiError, NoMatchError
from sandbox.plugins.kubernetes.kinds import Gvk
from sandbox.plugins.kubernetes.release.record import Record
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits import custom, select
from sandbox.plugins.kubernetes.waits.until import Target, gone, ready
from sandbox.plugins.server import ProviderError

_MANAGER = "helm"
_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_HOOK_SECONDS = 300.0  # the chart's pre-delete hook gives up after as long


def labelled(items: list[Body], name: str, namespace: str) -> list[Body]:
    """Return the objects with the marks by which Helm knows its own."""
    result = []
    for item in items:
        metadata = dict(item["metadata"])
        metadata["labels"] = {**metadata.get("labels", {}), "app.kubernetes.io/managed-by": "Helm"}
        metadata["annotations"] = {
            **metadata.get("annotations", {}),
            "meta.helm.sh/release-name": name,
            "meta.helm.sh/release-namespace": namespace,
        }
        result.append({**item, "metadata": metadata})
    return result


def ensure_namespace(session: Session, namespace: str, *, create: bool) -> None:
    """Make sure that the release's namespace is there.

    Raises:
        ProviderError: it is not, and the release does not say `createNamespace`.
    """
    try:
        session.api.get(f"/api/v1/namespaces/{namespace}")
        return
    except ApiError as error:
        if not error.not_found:
            raise
        if not create:
            raise ProviderError(
                f"create: failed to create: {error}; set createNamespace on the Release"
            ) from error
    body = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": namespace, "labels": {"name": namespace}},
    }
    session.api.request("POST", "/api/v1/namespaces", body=body)


def check_kinds(session: Session, items: list[Body]) -> None:
    """Refuse objects whose kinds are not served, before anything is created.

    Raises:
        ProviderError: in Helm's words.
    """
    problems = []
    for item in items:
        gvk = _gvk(item)
        try:
            session.kinds.find(gvk)
        except NoMatchError as error:
            problems.append(
                f'resource mapping not found for name: "{bodies.name(item)}" namespace: '
                f'"{bodies.namespace(item)}" from "": {error}\nensure CRDs are installed first'
            )
    if problems:
        raise ProviderError(
            "unable to build kubernetes objects from release manifest: " + ", ".join(problems)
        )


def check_owner(session: Session, items: list[Body], name: str, namespace: str) -> None:
    """Refuse to take over objects that belong to somebody else.

    Raises:
        ProviderError: in Helm's words.
    """
    for item in items:
        try:
            live = session.api.get(objects.path(session, item))
        except ApiError as error:
            if not error.not_found:
                raise
            continue
        owner = (
            bodies.annotation(live, "meta.helm.sh/release-name"),
            bodies.annotation(live, "meta.helm.sh/release-namespace"),
        )
        if owner != (name, namespace):
            raise ProviderError(
                f'Unable to continue with install: {item["kind"]} "{bodies.name(item)}" in namespace '
                f'"{bodies.namespace(item)}" exists and cannot be imported into the current release: '
                'invalid ownership metadata; annotation validation error: key "meta.helm.sh/release-name" '
                f'must equal "{name}": current value is "{owner[0]}"'
            )


def apply(session: Session, items: list[Body]) -> None:
    """Create or update the objects, in order."""
    for item in items:
        objects.apply(session, item, _MANAGER, force=True, preview=False)


def wait(session: Session, urn: str, record: Record, chart: Chart, install: Install, limit: float) -> None:
    """Wait until the objects, and the CRDs that they bring along, are ready.

    Raises:
        NotReadyError: they were not within the limit.
    """
    for item in record.objects:
        target = objects.path(session, item)
        live = session.api.get(target)
        condition = select.condition(session.api, item, live)
        if condition is not None:
            ready(session, Target(urn, target, live), condition, limit)
    for name in chart.awaited_crds(install):
        crd = {"kind": "CustomResourceDefinition", "metadata": {"name": name}}
        ready(
            session,
            Target(urn, f"{_CRDS}/{name}", crd),
            custom.ConditionHolds(session.api, "Established"),
            limit,
        )
    session.log.status(urn, "")


def run_pre_delete_hook(session: Session, urn: str, chart: Chart) -> None:
    """Do what the chart's hook Job does from inside the cluster: remove the operator's custom resources, and wait."""
    for api_version, kind, name in chart.cleaned_before_delete():
        body = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
        delete(session, urn, [body], _HOOK_SECONDS)


def delete(session: Session, urn: str, items: list[Body], limit: float) -> None:
    """Delete the objects one after the other, each waited for if there is a limit; those that are gone are fine.

    Raises:
        NotReadyError: one was still there at the end.
    """
    for item in items:
        try:
            target = objects.path(session, item)
            live = session.api.get(target)
            options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
            session.api.request("DELETE", target, body=options)
        except NoMatchError:
            continue
        except ApiError as error:
            if error.not_found:
                continue
            raise
        if limit:
            gone(session, Target(urn, target, live), limit)


def _gvk(item: Body) -> Gvk:
    return kinds.of_body(item, "kubernetes:core/v1:Unknown")
