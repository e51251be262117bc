"""The prover: an abstract interpreter that follows one request through dependencies, handler, services and queries.

This folder holds the core: `values` is what it computes with, `state` what holds on one path, `machine` one run, with
`executing` and `assigning` for statements; `record` and `observations` are what a run leaves for the verdicts, and
`journal`, `numbering` and `summaries` spare it what it has followed before. Around the core:

- `fastapi/`: from a route to the handler's first line (start at `requests.run`).
- `language/`: expressions, calls, control flow and Python's own types.
- `queries/`: statements, sessions, drivers and raw SQL, and whose rows a query reaches.
- `identity/`: who is asking: principals, roles, tokens and signed values.
- `libraries/`: what calls of other people's code give, and what they call back.

Every function takes the `Machine` of its run; most map one `State` to the states and values that follow from it.
"""
