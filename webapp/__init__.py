"""Guichet: the one counter where a bank's customers find an answer or a person."""
