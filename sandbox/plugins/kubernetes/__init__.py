"""The stand-in for Pulumi's Kubernetes provider 4.34.2: objects and Patch resources against a real API
server, and the Helm Release of the one chart that the labs install.

May live here: what the real provider does between the engine and an API server, with its defaults and its
words. May not: clusters, nodes or the operator process; those are the sandbox daemon's, and this package
would work the same against any other API server. Behaviour was read in pulumi/pulumi-kubernetes at 94977969
(2026-07-01) and written anew.

Known to differ, on purpose:
- Creates are validated strictly. The real provider posts without `fieldValidation` and drops the server's
  warnings since 4.29.0, so a misspelled field of a custom resource is pruned in silence; here the server
  refuses it.
- A Service with ready endpoints is ready at once. The real provider lets endpoints settle for 10 s each time.
- Not carried: YAML rendering, `List`, invokes, components (`yaml/v2`, `helm.v4.Chart`), `replaceUnready`,
  `PULUMI_K8S_AWAIT_ALL`, deprecation warnings.
"""
