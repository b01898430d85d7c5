"""Stand-in for the azure-native provider: the real SDK's resources, over the Azure stand-in of `sandbox/arm`.

May live here: what the real provider does between the engine and Azure. May not: what Azure decides
(`sandbox/arm`), and state, which is Azure's. Behaviour follows pulumi/pulumi-azure-native
(provider/pkg/provider/provider.go, diff.go, azure/client_azcore.go and gen/replacement.go, read 2026-11-22),
except that inputs are checked more strictly: unknown properties and values outside an enum are refused here,
where the real provider leaves them to Azure.
"""
