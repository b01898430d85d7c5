"""What a change does to every stack: resources, traffic, guard rails, in one Markdown report.

May live here: the throw-away backend that base is brought up in, the comparison with head, the report. May not: the
verdict engine (`reach/`), the rules (`guardrails/`), options and exit codes (`labctl/`).

Why an `up` of base, on paper: only the engine knows what becomes an update and what a replacement, and it decides by
comparing with a state. Two previews from an empty state, compared by URN, would have to repeat the providers' rules
here. So base is really brought up, by the real engine, on stand-in plugins whose only difference from the sandbox's is
that creating writes nothing but the answer (`plugins/`): no cluster, no Azure, no credentials, no network. Then head
is previewed over that state, and every diff is the strict stand-ins' own.
"""
