"""The rules, one a file, and the list of them in the order in which they are shown.

A rule is a function from resources to findings. It reads no file, knows no lab, and treats an unknown value as
unknown: it says so instead of passing.
"""

from __future__ import annotations

from guardrails.rule import Rule
from guardrails.rules.burstable_system_pool import BURSTABLE_SYSTEM_POOL
from guardrails.rules.calico_where_no_cni import CALICO_WHERE_NO_CNI
from guardrails.rules.explicit_provider import EXPLICIT_PROVIDER
from guardrails.rules.internal_calico_api import INTERNAL_CALICO_API
from guardrails.rules.isolated_namespaces import ISOLATED_NAMESPACES
from guardrails.rules.lab_tags import LAB_TAGS
from guardrails.rules.load_balancer_source import LOAD_BALANCER_SOURCE
from guardrails.rules.pinned_versions import PINNED_VERSIONS
from guardrails.rules.secrets_secret import SECRETS_SECRET
from guardrails.rules.vxlan_without_bgp import VXLAN_WITHOUT_BGP
from guardrails.rules.written_installation import WRITTEN_INSTALLATION

RULES: tuple[Rule, ...] = (
    BURSTABLE_SYSTEM_POOL,
    CALICO_WHERE_NO_CNI,
    WRITTEN_INSTALLATION,
    VXLAN_WITHOUT_BGP,
    SECRETS_SECRET,
    LAB_TAGS,
    ISOLATED_NAMESPACES,
    LOAD_BALANCER_SOURCE,
    INTERNAL_CALICO_API,
    PINNED_VERSIONS,
    EXPLICIT_PROVIDER,
)
