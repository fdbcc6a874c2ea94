"""THE POST OFFICE: what is owed to a destination is claimed, composed, sent and recorded.

The outbox is a table written in the same transaction as the ticket (``tables.delivery``); a worker claims one sending
at a time under a lease, so a killed worker loses nothing: its sending is offered again. Sendings are therefore made at
least once, and exactly once by the key that every destination recognises.
"""
