"""The provider as the engine sees it: which module does what for which resource. Holds no rule of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.plugins.kubernetes import check, config, create, delete, differ, read, update
from sandbox.plugins.kubernetes.api import Api
from sandbox.plugins.kubernetes.body import Body
from sandbox.plugins.kubernetes.engine_log import EngineLog
from sandbox.plugins.kubernetes.kinds import RELEASE_TOKEN
from sandbox.plugins.kubernetes.kubeconfig import Kubeconfig
from sandbox.plugins.kubernetes.release import release
from sandbox.plugins.kubernetes.session import Session
from sandbox.plugins.server import Context, Diff, Failure, Provider


class KubernetesProvider(Provider):
    """Stand-in for the `kubernetes` provider."""

    name = "kubernetes"
    version = "4.34.2"

    def __init__(self, log: EngineLog | None = None, connect: Callable[[Kubeconfig], Api] = Api) -> None:
        super().__init__()
        self._log = log or EngineLog()
        self._connect = connect
        self.configure({})

    def check_config(self, olds: Body, news: Body) -> list[Failure]:
        return config.check(news)

    def diff_config(self, olds: Body, news: Body) -> Diff:
        return config.diff(olds, news)

    def configure(self, config_values: dict[str, Any]) -> None:
        self._session = Session(config.settings(config_values), self._log, self.cancelled, self._connect)

    def check(self, context: Context, olds: Body, news: Body) -> tuple[Body, list[Failure]]:
        if context.type == RELEASE_TOKEN:
            return release.check(self._session, context, olds, news)
        return check.check(self._session, context, olds, news)

    def diff(self, context: Context, id: str, old_inputs: Body, old_outputs: Body, news: Body) -> Diff:
        if context.type == RELEASE_TOKEN:
            return release.diff(context, old_inputs, news)
        return differ.diff(self._session, context, old_inputs, old_outputs, news)

    def create(self, context: Context, inputs: Body) -> tuple[str, Body]:
        if context.type == RELEASE_TOKEN:
            return release.create(self._session, context, inputs)
        return create.create(self._session, context, inputs)

    def read(self, context: Context, id: str, inputs: Body, outputs: Body) -> tuple[str, Body, Body]:
        if context.type == RELEASE_TOKEN and not self._session.problem:
            return release.read(self._session, id, inputs, outputs)
        return read.read(self._session, context, id, inputs, outputs)

    def update(self, context: Context, id: str, old_inputs: Body, old_outputs: Body, news: Body) -> Body:
        if context.type == RELEASE_TOKEN:
            return release.update(self._session, context, old_outputs, news)
        return update.update(self._session, context, old_inputs, old_outputs, news)

    def delete(self, context: Context, id: str, old_inputs: Body, outputs: Body) -> None:
        if context.type == RELEASE_TOKEN:
            release.delete(self._session, context, id, old_inputs)
        else:
            delete.delete(self._session, context, id, old_inputs, outputs)
