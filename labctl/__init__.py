"""The command line over sandbox, checks and reach; thin.

May live here: options, printing, exit codes. May not: anything another program would want to call as a function.
Exit codes: 0 done, 1 the lab's own failure, 2 usage or configuration, 3 the environment cannot be used.
"""
