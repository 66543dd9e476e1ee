"""The command lines of day 2."""

import typer

from ops.day2 import look_commands, steer_commands


def register(app: typer.Typer) -> None:
    """Add the commands of day 2."""
    for command in (
        look_commands.status,
        look_commands.latency,
        look_commands.doctor,
        look_commands.ports,
        steer_commands.logs,
        steer_commands.restart,
        steer_commands.cost,
    ):
        app.command()(command)
    app.command("test")(look_commands.run_tests)
