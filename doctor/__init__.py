"""What a lab has left behind, and the command that takes each of it away: the room behind `labctl doctor`.

May live here: looks, one a file in `looks/`, each over what one place says about a stack (its state, Azure, its
cluster), and the commands that help. May not: doing any of it. The doctor reads, so that it can be asked at any time,
also while an operation runs. It does not know the sandbox: it gets an Azure to ask and prints what works there.
"""
