"""THE COPIES: backups of everything that a fire would take, and the way back. Nothing here opens customers' words."""
