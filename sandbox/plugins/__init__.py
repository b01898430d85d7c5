"""Stand-ins for Pulumi provider plugins: one package a provider, over the shared gRPC server in `server.py`.

May live here: what Pulumi's engine talks to. May not: state that outlives one `pulumi` command; that belongs to the
sandbox daemon (Azure) or to the API server (Kubernetes).
"""
