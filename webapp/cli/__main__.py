"""``python -m webapp.cli <command>``."""

from webapp.cli import main

main()
