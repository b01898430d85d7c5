"""Every version, size and region that this project pins: one constant each, with source and date of the last
check.

No other module of `labs/` or `components/` may spell a version; a test walks their syntax trees. Versions of
the sandbox's own tools are pinned in `sandbox/`, Python packages in the requirements files.
"""

from __future__ import annotations

import re
from datetime import date

CALICO_VERSION = "v3.32.4"
"""Newest release of the 3.32 line (2026-11-11), supported beside 3.33.

Source: github.com/projectcalico/calico/releases, 2026-11-22.
"""

CALICO_OLDEST = "v3.32.1"
"""First release whose API server accepts policies created by server-side apply, which is how Pulumi creates
them.

Also the first supported line: 3.31 left support on 2026-10-01. Source: projectcalico/calico#12841 and
SECURITY.md, 2026-11-22.
"""

CALICO_WITHDRAWN = ("v3.33.0",)
"""Releases that damage a lab: 3.33.0 carries operator 1.44.0, which wipes FelixConfiguration settings.

Source: tigera/operator#5367, 2026-11-22.
"""

CALICO_CHART = "tigera-operator"
"""Helm chart that installs the operator; its version is Calico's.

Source: docs.tigera.io, helm install, 2026-11-22.
"""

CALICO_CHART_REPOSITORY = "https://docs.tigera.io/calico/charts"
"""Repository of that chart. Source: docs.tigera.io, helm install, 2026-11-22."""

KUBERNETES_VERSION = "1.36"
"""Minor that AKS keeps until June 2027 and the newest that Calico 3.32 is tested with.

Source: AKS docs, supported-kubernetes-versions, 2026-08-21.
"""

AKS_KUBERNETES_VERSIONS = ("1.35", "1.36", "1.37")
"""Minors on which AKS creates clusters; 1.34 reached its end in November 2026.

Source: AKS docs, supported-kubernetes-versions, 2026-08-21.
"""

WINDOWS_2022_KUBERNETES_NEWEST = "1.36"
"""Last minor for which AKS offers Windows2022 nodes.

Source: AKS docs, Windows Server 2022 retirement, 2026-08-21.
"""

AKS_PREVIEW_API = "2026-05-02-preview"
"""Preview of AKS's API that can switch kube-proxy off; the newest that the SDK names.

Stable versions refuse `kubeProxyConfig`. Source: Azure/terraform-azurerm-avm-res-containerservice-managedcluster#257;
the docstring of ManagedCluster in pulumi-azure-native 3.29.0, 2026-11-27.
"""

AKS_PREVIEW_API_ENDS = date(2027, 5, 2)
"""From about then on Azure answers that version with `NoRegisteredProviderFound`; a test fails a month before.

A preview of AKS's API lives for about a year. Source: AKS docs, concepts-preview-api-life-cycle, 2026-08-21.
"""

NODE_VM_SIZE = "Standard_D4s_v5"
"""Smallest current size that meets AKS's minimum for system pools (4 vCPU, 4 GB).

Source: AKS docs, use-system-pools, 2026-04-30.
"""

WINDOWS_VM_SIZE = "Standard_D4s_v5"
"""Size of Windows nodes: their images take more than the 2 vCPU that AKS asks of a user pool.

Chosen 2026-11-22.
"""

LOCATION = "canadacentral"
"""Azure region of all labs unless the stack says otherwise. Chosen 2026-11-22."""

_RELEASE = re.compile(r"v?([0-9]{1,4})\.([0-9]{1,4})(?:[.-].*)?", re.ASCII)


def release_of(version: str) -> tuple[int, int] | None:
    """Return major and minor of a release such as `v3.32.4` or `v3.32`; None if the text is none."""
    found = _RELEASE.fullmatch(version)
    return (int(found[1]), int(found[2])) if found else None
