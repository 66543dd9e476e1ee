"""Starts the command line."""

import typer

from audit.cli import main

app = typer.Typer(add_completion=False)
app.command()(main)
app(prog_name="bin/audit")
