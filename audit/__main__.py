"""Starts the command line."""

import typer

from audit.cli import main

typer.run(main)
