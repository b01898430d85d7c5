"""The offline world: tools, engine environment, stand-in plugins, control planes, nodes.

May live here: everything that only the sandbox needs. May not: anything the Pulumi program imports. The sandbox imports
neither `labs` nor `components`, so that a mistake in the program cannot agree with the same mistake in a stand-in.
"""
