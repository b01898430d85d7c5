"""Requests to one API server: the REST layer of the `kubernetes` client, without its models and its discovery.

Why not its `DynamicClient`: it asks 24 times before the first object (measured 2026-11-22, API server 1.34)
and keeps the answers in a file under /tmp named after host and port, which a later sandbox cluster on the same
port would believe. `discovery.py` asks once for one group and version, and again while a CRD is on its way.

The client is imported at the first request (0.3 s, measured 2026-11-22): a preview that needs no cluster does
not pay. Certificates and keys touch the disk only while the TLS context is built; a plugin that is killed
leaves none behind.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.plugins.kubernetes.errors import ApiError, UnreachableError
from sandbox.plugins.kubernetes.kubeconfig import Kubeconfig
from sandbox.retry_after import when_asked

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 60.0  # the server itself gives up after 60 s (--request-timeout)
_CONNECTIONS = 32  # as many as the plugin has threads


class Api:
    """One API server, connected at the first request. Safe to use from several threads."""

    def __init__(self, kubeconfig: Kubeconfig) -> None:
        self._kubeconfig = kubeconfig
        self._client: ApiClient | None = None
        self._lock = threading.Lock()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        return self.request("GET", path, query=query)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        content_type: str = JSON,
    ) -> Any:
        """Do one request, again if the server asks for that, and return the decoded answer.

        Raises:
            ApiError: the server refused.
            UnreachableError: there was no answer.
        """
        client = self._connected()
        try:
            parameters = client.param_serialize(
                method,
                path,
                query_params=list((query or {}).items()),
                header_params={"Accept": JSON, "Content-Type": content_type},
                body=body,
                auth_settings=["BearerToken"],
            )
            answer = when_asked(
                lambda: client.call_api(*parameters, _request_timeout=(_CONNECT_SECONDS, _READ_SECONDS))
            )
            text = answer.read()
        except Exception as error:
            # urllib3's and the client's own exceptions have no common root but this one.
            host = client.configuration.host
            raise UnreachableError(f"no answer from {host}: {_root_cause(error)}") from error
        decoded = _decoded(text)
        if answer.status >= 400:
            raise ApiError.from_status(answer.status, decoded)
        return decoded

    def _connected(self) -> ApiClient:
        with self._lock:
            if self._client is None:
                try:
                    self._client = _connect(self._kubeconfig)
                except Exception as error:
                    # ConfigException, binascii.Error, ssl.SSLError and OSError: a kubeconfig can be wrong in
                    # many ways.
                    raise UnreachableError(
                        "unable to load Kubernetes client configuration from kubeconfig file. Make sure you "
                        "have: \n\n \t • set up the provider as per "
                        "https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ "
                        f"\n\n {type(error).__name__}: {error}"
                    ) from error
            return self._client


def _connect(kubeconfig: Kubeconfig) -> ApiClient:
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import kube_config
    from urllib3 import Retry

    configuration = Configuration()
    # urllib3's own default but for Retry-After, which it heeds for some methods only: `retry_after.py` does, for all.
    configuration.retries = Retry(3, respect_retry_after_header=False)
    configuration.connection_pool_maxsize = _CONNECTIONS
    with tempfile.TemporaryDirectory(prefix="calico-labs-") as folder:
        kube_config.load_kube_config_from_dict(
            {"current-context": "", **kubeconfig.effective()},
            client_configuration=configuration,
            persist_config=False,
            temp_file_path=folder,
            **({"config_base_path": kubeconfig.folder} if kubeconfig.folder else {}),
        )
        context = _tls_context(configuration)
    client = ApiClient(configuration)
    if context is not None:
        arguments = client.rest_client.pool_manager.connection_pool_kw
        for key in ("ca_certs", "ca_cert_data", "cert_file", "key_file"):
            arguments.pop(key, None)
        arguments["ssl_context"] = context
    return client


def _tls_context(configuration: Any) -> Any:
    """Load what urllib3 would otherwise read from the files again for each new connection."""
    import ssl

    if not str(configuration.host).startswith("https"):
        return None
    context = ssl.create_default_context(cafile=configuration.ssl_ca_cert)
    if not configuration.verify_ssl:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if configuration.cert_file:
        context.load_cert_chain(configuration.cert_file, configuration.key_file)
    return context


def _decoded(text: bytes | None) -> Any:
    if not text:
        return {}
    try:
        return json.loads(text)
    except ValueError:
        return {"message": text.decode(errors="replace").strip()}


def _root_cause(error: Exception) -> str:
    """Return the innermost reason; urllib3 wraps a refused connection three times."""
    reason = getattr(error, "reason", None)
    return str(reason) if isinstance(reason, Exception) else str(error) or type(error).__name__
