"""The street: what Facebook sends us and what the bank publishes there. No HTTP server, no database."""
