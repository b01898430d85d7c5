"""What a lab is: its settings, its rules, its names and the bodies rendered from them.

Everything here is pure: text and numbers in, text and dictionaries out. No provider SDK is imported, so that
the guard rails, the reachability engine and the command line can use a lab without paying for Azure's or
Kubernetes' libraries. Only `settings.py` knows Pulumi, and only while it reads the stack's configuration.

What creates resources lives in `components/`; what talks to a cluster lives in `checks/`.
"""
