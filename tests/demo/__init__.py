"""``make demo``: Guichet seen through every door, each on a host name of its own. Fictional sites, this machine alone.

Nothing here is part of the product: it lives among the tests, it is not installed, and it refuses to start with
``GUICHET_ENV=production``.
"""
