"""Linux and Windows: which pool may run which, and on what kind of cluster.

Owns `osType`, `osSKU` and what Windows needs of the cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.arm.errors import ArmError, bad_request

_LINUX = ("Ubuntu", "Ubuntu2204", "AzureLinux", "AzureLinux3", "CBLMariner")
_WINDOWS = ("Windows2019", "Windows2022", "Windows2025")


def default_os_sku(os_type: str, minor: int) -> str:
    """Return what a pool without a wish gets: Windows2025 is the default from 1.36 on (AKS docs,
    windows-faq)."""
    if os_type == "Linux":
        return "Ubuntu"
    return "Windows2025" if minor >= 36 else "Windows2022"


def check_system(name: str, pool: Mapping[str, Any], cluster: Mapping[str, Any], minor: int) -> None:
    """Check the pool's system, once its other defaults are there.

    Raises:
        ArmError: AKS refuses the pool.
    """
    if pool["osType"] == "Windows":
        check_windows_cluster(cluster)
        if pool["mode"] == "System":
            # "System agent pools osType must be Linux" (SDK, AgentPoolMode); code and words are ours.
            message = (
                f"System agent pool '{name}' must be of osType Linux, Windows is only allowed in User pools."
            )
            raise bad_request("InvalidParameter", message, "agentPoolProfile.mode")
    _check_sku(pool, minor)


def check_windows_cluster(cluster: Mapping[str, Any]) -> None:
    """Seen: Azure/AKS issue 2839 (2022-04), in this order."""
    if not cluster.get("windowsProfile"):
        raise bad_request("WindowsProfileMissing", "Windows profile definition is missing for the cluster.")
    if cluster["networkProfile"]["networkPlugin"] != "azure":
        message = "Windows agent pools can only be added to AKS clusters using Azure-CNI."
        raise bad_request("AzureCNIOnlyForWindows", message)


def check_windows_profile(profile: Mapping[str, Any]) -> None:
    """Check the profile itself; seen in a terraform run of 2021, whose last sentence was cut off.

    Raises:
        ArmError: the password is too short or too long.
    """
    password = profile.get("adminPassword")
    if password is None:
        return
    if not 14 <= len(password) <= 123:
        message = (
            "Invalid adminPassword. Error: Length of password is invalid. Required length: [14, 123]."
            " Minimum password length required by AKS for AzSecPack is longer."
        )
        raise bad_request("WindowsProfilePasswordInvalid", message, "windowsProfile.adminPassword")


def _check_sku(pool: Mapping[str, Any], minor: int) -> None:
    sku = pool["osSKU"]
    if pool["osType"] == "Linux":
        if sku not in _LINUX:
            # Seen for Windows2022 with osType Linux, in a terraform run of 2025.
            raise _invalid(sku, "Unrecognized OSSKU")
        return
    if sku in _LINUX:
        # Seen for Ubuntu with osType Windows, in a terraform run of 2021.
        raise _invalid(sku, "Windows does not allow OSSKU selection")
    if sku not in _WINDOWS:
        raise _invalid(sku, "Unrecognized OSSKU")
    # Dates and versions from the AKS docs (windows-server-2019-retirement, -2022-retirement, windows-faq);
    # the code and the first sentence were seen for Windows2025, the details are ours.
    if sku == "Windows2019":
        raise _unsupported(sku, "Windows Server 2019 is retired since 2026-03-01")
    if sku == "Windows2022" and minor >= 37:
        raise _unsupported(sku, "Windows Server 2022 is not available for Kubernetes version 1.37 and higher")
    if sku == "Windows2025" and minor < 32:
        raise _unsupported(sku, "Windows Server 2025 requires Kubernetes version 1.32 or higher")
    if sku == "Windows2025" and not pool.get("enableFIPS"):
        raise _unsupported(sku, "Windows Server 2025 requires FIPS to be enabled")


def _invalid(sku: str, details: str) -> ArmError:
    return bad_request(
        "InvalidOSSKU", f"OSSKU='{sku}' is invalid, details: {details}", "agentPoolProfile.osSKU"
    )


def _unsupported(sku: str, details: str) -> ArmError:
    message = f'Requested Windows SKU "{sku}" is not supported. Details: "{details}"'
    return bad_request("WindowsSKUNotSupported", message)
