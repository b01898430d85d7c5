"""The Release resource: check, diff, create, read, update and delete, in the real provider's words."""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.charts import catalogue
from sandbox.charts.chart import Chart, ChartError, Install, merged
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.differ import changes
from sandbox.plugins.kubernetes.paths import covers, parse, render
from sandbox.plugins.kubernetes.release import install as steps
from sandbox.plugins.kubernetes.release import record as records
from sandbox.plugins.kubernetes.release.record import Record
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.kubernetes.waits.until import NotReadyError
from sandbox.plugins.rpc import UNKNOWN, has_unknown
from sandbox.plugins.server import Change, Context, Diff, Failure, InitFailedError, ProviderError

_DEFAULT_SECONDS = 300
_REPLACING = {
    Change.ADD: Change.ADD_REPLACE,
    Change.DELETE: Change.DELETE_REPLACE,
    Change.UPDATE: Change.UPDATE_REPLACE,
}


def check(session: Session, context: Context, olds: Body, news: Body) -> tuple[Body, list[Failure]]:
    """Return the inputs with name, namespace, time limit and chart version filled in."""
    inputs = copy.deepcopy(news)
    if not inputs.get("name"):
        inputs["name"] = olds.get("name") or f"{context.name}-{secrets.token_hex(4)}"
    if not inputs.get("namespace"):
        inputs["namespace"] = session.settings.namespace
    if inputs.get("skipAwait") is not True:
        inputs.setdefault("timeout", _DEFAULT_SECONDS)
    if any(has_unknown(inputs.get(key)) for key in ("chart", "version", "repositoryOpts")):
        return inputs, []
    failures: list[Failure] = []
    try:
        chart = _chart(inputs)
    except ChartError as error:
        return inputs, [_no_chart(error)]
    try:
        inputs["version"] = catalogue.version_of(chart, inputs.get("version") or "")
    except ChartError as error:
        failures.append(_no_chart(error))
    values = inputs.get("values")
    mistakes = chart.mistakes(values) if isinstance(values, dict) else []
    # Each reason names its path; the engine could only show the value of a top-level property beside it.
    return inputs, failures + [Failure("", f"values.{reason}") for _, reason in mistakes]


def _no_chart(error: ChartError) -> Failure:
    return Failure("chart", f"{error}; check the chart name and repository configuration.")


def _chart(inputs: Body) -> Chart:
    options = inputs.get("repositoryOpts") or {}
    return catalogue.find(str(inputs.get("chart", "")).strip(), str(options.get("repo") or ""))


def diff(context: Context, old_inputs: Body, news: Body) -> Diff:
    ignored = [parse(path) for path in context.ignore_changes]
    found: dict[str, Change] = {}
    for path, change, _ in changes([], old_inputs, news, old_inputs):
        if not any(covers(outer, path) for outer in ignored):
            found[render(path)] = _REPLACING[change] if path in (["name"], ["namespace"]) else change
    return Diff(found)


@dataclass(frozen=True)
class _Plan:
    """What one create or update is about to do."""

    chart: Chart
    install: Install
    objects: list[Body]
    limit: float
    """Seconds to wait; 0 for not at all."""


def _plan(inputs: Body) -> _Plan:
    chart = _chart(inputs)
    version = catalogue.version_of(chart, str(inputs.get("version") or ""))
    name, namespace = str(inputs["name"]), str(inputs["namespace"])
    values = merged(chart.defaults(version), inputs.get("values") or {})
    install = Install(name, namespace, version, values)
    waits = inputs.get("skipAwait") is not True
    return _Plan(
        chart,
        install,
        steps.labelled(chart.render(install), name, namespace),
        float(inputs.get("timeout") or _DEFAULT_SECONDS) if waits else 0.0,
    )


def create(session: Session, context: Context, inputs: Body) -> tuple[str, Body]:
    """Install the chart.

    Raises:
        ProviderError: nothing was installed.
        InitFailedError: it was, but did not become ready in time.
    """
    if context.preview:
        return "", _outputs(inputs, None)
    _require_cluster(session, "create")
    plan = _plan(inputs)
    name, namespace = plan.install.release, plan.install.namespace
    if records.history(session.api, namespace, name):
        raise ProviderError("cannot re-use a name that is still in use")
    steps.check_kinds(session, plan.objects)
    steps.check_owner(session, plan.objects, name, namespace)
    steps.ensure_namespace(session, namespace, create=inputs.get("createNamespace") is True)
    return f"{namespace}/{name}", _roll_out(session, context, inputs, plan, [])


def update(session: Session, context: Context, old_outputs: Body, news: Body) -> Body:
    """Upgrade the release: apply what the new values come to, delete what they no longer do."""
    if context.preview:
        return _outputs(news, None)
    _require_cluster(session, "update")
    plan = _plan(news)
    history = records.history(session.api, plan.install.namespace, plan.install.release)
    if not history:
        raise ProviderError(f'"{plan.install.release}" has no deployed releases')
    if history[-1].status.startswith("pending-"):
        # Helm's own refusal (pkg/action/upgrade.go): what was killed in the middle blocks every later upgrade.
        raise ProviderError("another operation (install/upgrade/rollback) is in progress")
    steps.check_kinds(session, plan.objects)
    return _roll_out(session, context, news, plan, history)


def _roll_out(session: Session, context: Context, inputs: Body, plan: _Plan, history: list[Record]) -> Body:
    before = history[-1] if history else None
    record = Record(
        name=plan.install.release,
        namespace=plan.install.namespace,
        revision=before.revision + 1 if before else 1,
        status="pending-upgrade" if before else "pending-install",
        chart=plan.chart.name,
        version=plan.install.version,
        app_version=plan.chart.versions[plan.install.version],
        values=dict(inputs.get("values") or {}),
        objects=plan.objects,
        first_deployed=before.first_deployed if before else records.now(),
    )
    records.save(session.api, record)
    try:
        steps.apply(session, record.objects)
        if before is not None:
            steps.delete(session, context.urn, _dropped(before, record), 0.0)
        if plan.limit:
            steps.wait(session, context.urn, record, plan.chart, plan.install, plan.limit)
    except (NotReadyError, ProviderError) as error:
        failed = record.with_status("failed")
        records.save(session.api, failed)
        if inputs.get("atomic") is True and before is None:
            _uninstall(session, context.urn, [failed], plan.chart, plan.limit)
            raise ProviderError(
                f"release {record.name} failed, and has been uninstalled due to atomic being set: {error}"
            ) from error
        raise _failed(inputs, failed, error, first=before is None) from error
    if before is not None:
        records.save(session.api, before.with_status("superseded"))
    record = record.with_status("deployed")
    records.save(session.api, record)
    return _outputs(inputs, record)


def _dropped(before: Record, after: Record) -> list[Body]:
    def key(item: Body) -> tuple[Any, ...]:
        return item["apiVersion"], item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]

    kept = {key(item) for item in after.objects}
    return [item for item in reversed(before.objects) if key(item) not in kept]


def _failed(inputs: Body, record: Record, error: Exception, *, first: bool) -> InitFailedError:
    id = f"{record.namespace}/{record.name}"
    reason = "context deadline exceeded" if isinstance(error, NotReadyError) else str(error)
    head = f'Helm release "{id}" ' + ("was created, but failed" if first else "failed")
    head += (
        " to initialize completely. Use Helm CLI to investigate: failed to become available within allocated "
        f"timeout. Error: Helm Release {id}: {reason}"
    )
    details = error.details if isinstance(error, NotReadyError) else ()
    return InitFailedError(id, _outputs(inputs, record), inputs, [head, *details])


def read(session: Session, id: str, inputs: Body, outputs: Body) -> tuple[str, Body, Body]:
    """Return the release as recorded in the cluster; an empty id if it is not there.

    An import finds name, chart, version and values; the repository is not recorded by Helm.
    """
    namespace, _, name = id.rpartition("/")
    history = records.history(session.api, namespace or session.settings.namespace, name)
    if not history:
        return "", {}, {}
    last = history[-1]
    known = inputs or {
        "name": last.name,
        "namespace": last.namespace,
        "chart": last.chart,
        "version": last.version,
        "values": last.values,
        "timeout": _DEFAULT_SECONDS,
    }
    return id, known, _outputs(known, last)


def delete(session: Session, context: Context, id: str, inputs: Body) -> None:
    """Uninstall the release: the hook, then its objects in reverse, then its records.

    Raises:
        ProviderError: there is no cluster or no such release.
    """
    if session.problem:
        raise ProviderError(
            f'can\'t delete Helm Release with unreachable cluster. Reason: "{session.problem}"'
        )
    namespace, _, name = id.rpartition("/")
    history = records.history(session.api, namespace, name)
    if not history:
        raise ProviderError(f"uninstall: Release not loaded: {name}: release: not found")
    waits = inputs.get("skipAwait") is not True
    limit = float(inputs.get("timeout") or _DEFAULT_SECONDS) if waits else 0.0
    try:
        _uninstall(session, context.urn, history, _chart(inputs), limit)
    except NotReadyError as failure:
        record = history[-1].with_status("uninstalling")
        records.save(session.api, record)
        reasons = [f"uninstallation of {id} did not complete: {failure}", *failure.details]
        raise InitFailedError(id, _outputs(inputs, record), inputs, reasons) from failure


def _uninstall(session: Session, urn: str, history: list[Record], chart: Chart, limit: float) -> None:
    steps.run_pre_delete_hook(session, urn, chart)
    steps.delete(session, urn, list(reversed(history[-1].objects)), limit)
    for record in history:
        records.remove(session.api, record)


def _require_cluster(session: Session, verb: str) -> None:
    if session.problem:
        raise ProviderError(f"can't {verb} Helm Release with unreachable cluster: {session.problem}")


def _outputs(inputs: Body, record: Record | None) -> Body:
    """Return what the state keeps; without a record (a preview) what only Helm knows is unknown."""
    if record is None:
        return {**inputs, "resourceNames": UNKNOWN, "status": UNKNOWN}
    return {
        **inputs,
        "version": record.version,
        "resourceNames": record.resource_names(),
        "status": {
            "appVersion": record.app_version,
            "chart": record.chart,
            "name": record.name,
            "namespace": record.namespace,
            "revision": record.revision,
            "status": record.status,
            "version": record.version,
        },
    }
