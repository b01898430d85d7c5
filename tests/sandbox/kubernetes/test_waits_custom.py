"""`pulumi.com/waitFor`, in the forms of the real provider."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.waits import custom, jsonpath, operator
from sandbox.plugins.server import ProviderError
from tests.sandbox.kubernetes.fake_api import OPERATOR, FakeApi

Body = dict[str, Any]


def _live(*conditions: Body, **more: Any) -> Body:
    metadata = {"name": "default", "generation": 2}
    return {"metadata": metadata, "status": {"conditions": list(conditions), **more}}


READY = {"type": "Ready", "status": "True", "observedGeneration": 2}


@pytest.mark.parametrize(
    ("expression", "live"),
    [
        pytest.param("condition=Ready", _live(READY), id="a condition"),
        pytest.param("condition=ready", _live(READY), id="in any case"),
        pytest.param(
            "condition=Ready=false", _live({**READY, "status": "False"}), id="a condition with a value"
        ),
        pytest.param(
            "condition=Ready",
            _live({"type": "Ready", "status": "True"}),
            id="a condition that does not say its generation",
        ),
        pytest.param("jsonpath={.status.mtu}", _live(mtu=1350), id="a path"),
        pytest.param("jsonpath={.status.mtu}=1350", _live(mtu=1350), id="a path with a value"),
        pytest.param("jsonpath={.status.done}=true", _live(done=True), id="a truth value"),
        pytest.param(
            'jsonpath={.status.conditions[?(@.type=="Ready")].status}=True',
            _live(READY),
            id="a filter, kubectl style",
        ),
        pytest.param(
            "jsonpath={.status.conditions[?@.type == 'Ready'].status}=True",
            _live(READY),
            id="a filter, RFC 9535",
        ),
        pytest.param("jsonpath={$.status.items[*].name}", _live(items=[{"name": "a"}]), id="a wildcard"),
        pytest.param("jsonpath={.status['a.b'][0]}=x", _live(**{"a.b": ["x"]}), id="a quoted member"),
        pytest.param("jsonpath={.status.list[-1]}=2", _live(list=[1, 2]), id="an index from the end"),
        pytest.param(
            "jsonpath={.status.items[?@.name]}", _live(items=[{}, {"name": "a"}]), id="a member that is there"
        ),
        pytest.param('["condition=Ready", "jsonpath={.status.mtu}=1350"]', _live(READY, mtu=1350), id="both"),
    ],
)
def test_holds(api: FakeApi, expression: str, live: Body) -> None:
    assert custom.parse(expression, api).look(live).ready  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "live", "waiting_for"),
    [
        pytest.param("condition=Ready", {"metadata": {}}, "Waiting for condition=Ready", id="no status"),
        pytest.param(
            "condition=Ready",
            _live({**READY, "status": "False", "reason": "Deploying", "message": "2 of 3"}),
            "Resource has condition Ready=False (Deploying): 2 of 3 (want True)",
            id="another value",
        ),
        pytest.param(
            "condition=Ready",
            _live({**READY, "observedGeneration": 1}),
            "Ready is of an older generation",
            id="an older generation",
        ),
        pytest.param(
            "condition=Ready",
            _live({"type": "Ready", "status": "True"}, observedGeneration=1),
            "Ready is of an older generation",
            id="an older generation of the whole status",
        ),
        pytest.param(
            "jsonpath={.status.mtu}",
            _live(),
            "Waiting for jsonpath={.status.mtu} ({.status.mtu} selected nothing)",
            id="nothing there",
        ),
        pytest.param(
            "jsonpath={.status.mtu}=1350",
            _live(mtu=1340),
            'Waiting for jsonpath={.status.mtu}=1350 (found "1340")',
            id="another number",
        ),
        pytest.param(
            "jsonpath={.status.mtu}",
            _live(mtu=1, observedGeneration=1),
            "Waiting for jsonpath={.status.mtu} of the latest generation",
            id="a path in an older status",
        ),
        pytest.param(
            '["condition=Ready", "condition=Done"]',
            _live(READY),
            "Waiting for condition=Done",
            id="one of two",
        ),
    ],
)
def test_does_not_hold(api: FakeApi, expression: str, live: Body, waiting_for: str) -> None:
    look = custom.parse(expression, api).look(live)  # type: ignore[arg-type]
    assert (look.ready, look.waiting_for) == (False, waiting_for)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("Ready", 'expected a "jsonpath=" or "condition=" prefix, got "Ready"'),
        ("[]", "at least one condition must be specified"),
        ("jsonpath=.status", ".status should be wrapped in brackets { ... }"),
        ("jsonpath='{.status}'", "format should be {.path}=value or {.path}, got \"'{.status}'\""),
        ("jsonpath={.status}=", "{.status}= requires a value"),
        ("jsonpath={.a}=b=c", 'format should be {.path}=value or {.path}, got "{.a}=b=c"'),
        (
            "jsonpath={.a..b}",
            (
                'parsing "{.a..b}": the sandbox cannot wait for "..b"; use members, indices, [*] or one comparison '
                'such as [?@.type=="Ready"]'
            ),
        ),
    ],
)
def test_what_cannot_be_waited_for_is_refused(api: FakeApi, expression: str, message: str) -> None:
    with pytest.raises(ProviderError) as refused:
        custom.parse(expression, api)  # type: ignore[arg-type]
    assert str(refused.value) == message


def test_a_value_that_is_no_single_value_cannot_be_compared() -> None:
    with pytest.raises(ProviderError) as refused:
        jsonpath.parse("{.status}=x").matches({"status": {"a": 1}})
    assert str(refused.value) == '"{.status}" has a non-primitive value ({"a": 1})'


class TestOperatorReasons:
    """Tigera's operator writes its reasons into TigeraStatus."""

    INSTALLATION: Body = {"apiVersion": "operator.tigera.io/v1", "kind": "Installation"}  # noqa: RUF012 - read only

    def test_complaints_are_repeated_and_good_news_is_not(self, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        good = [{"type": "Available", "status": "True"}, {"type": "Degraded", "status": "False"}]
        bad = [
            {"type": "Available", "status": "False"},
            {"type": "Progressing", "status": "True", "message": "m"},
        ]
        for name, conditions in (("apiserver", good), ("calico", bad)):
            api.put(
                f"/apis/operator.tigera.io/v1/tigerastatuses/{name}", {"status": {"conditions": conditions}}
            )
        assert operator.reasons(api, self.INSTALLATION) == [  # type: ignore[arg-type]
            "TigeraStatus calico: Available=False",
            "TigeraStatus calico: Progressing=True: m",
        ]

    def test_an_operator_that_never_looked_is_suspected(self, api: FakeApi) -> None:
        api.kinds |= OPERATOR
        assert operator.reasons(api, self.INSTALLATION) == [  # type: ignore[arg-type]
            "there is no TigeraStatus: the operator has not looked at it, is it running?"
        ]

    def test_other_groups_are_not_its_business(self, api: FakeApi) -> None:
        assert operator.reasons(api, {"apiVersion": "v1", "kind": "Pod"}) == []  # type: ignore[arg-type]
        assert api.requests == []
