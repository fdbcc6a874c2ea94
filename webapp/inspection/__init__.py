"""THE X-RAY: a file from a stranger becomes a file that an agent may open, or a reason that the person can act on.

Nothing here knows HTTP, the database or the safe. What decodes runs in a process of its own, under limits.
"""
