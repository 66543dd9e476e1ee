"""The `command` stand-in on other hosts: when which text runs, and what goes wrong how."""

import asyncio
import re
import time
from collections.abc import AsyncIterator

import asyncssh
import pytest

from lab.plugins.command import dialling
from lab.plugins.command.logs import Severity
from lab.plugins.command.provider import CommandProvider
from lab.plugins.property_values import UNKNOWN, plain, unmarshal
from lab.plugins.serving import PluginError
from tests.unit.lab.plugins.command_host import URN, Engine, Messages, SshHost, ssh_host, until

KIND = "remote:Command"


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SshHost]:
    async with ssh_host(monkeypatch, accepted=("GREETING", "PULUMI_COMMAND_STDOUT")) as running:
        yield running


@pytest.fixture
def log() -> Messages:
    return Messages()


@pytest.fixture
def engine(log: Messages) -> Engine:
    return Engine(KIND, CommandProvider(log))


async def test_create_runs_with_stdin_and_its_outputs_lose_one_line_end(
    host: SshHost, engine: Engine
) -> None:
    state = await engine.up(
        connection=host.connection(), create="cat; echo oops >&2", stdin="hello\n\n"
    )
    assert (plain(state["stdout"]), plain(state["stderr"])) == ("hello\n", "oops")
    assert re.fullmatch(r"step[0-9a-f]{8}", engine.resource_id)


async def test_the_whole_connection_is_secret_in_the_state(host: SshHost, engine: Engine) -> None:
    state = await engine.up(connection=host.connection(), create="true", stdin="plain")
    assert state["connection"].is_secret
    assert not state["stdin"].is_secret
    assert plain(state["connection"])["dialErrorLimit"] == 10
    assert plain(state["connection"])["perDialTimeout"] == 15


async def test_an_update_runs_update_and_not_create(host: SshHost, engine: Engine) -> None:
    for v in (1, 2):
        await engine.up(
            connection=host.connection(),
            create=f"echo create {v}", update=f"echo update {v}", delete=f"echo delete {v}",
        )  # fmt: skip
    assert host.commands == ["echo create 1", "echo update 2"]


async def test_without_update_create_runs_again_and_the_old_delete_does_not(
    host: SshHost, engine: Engine
) -> None:
    for v in (1, 2):
        await engine.up(
            connection=host.connection(), create=f"echo create {v}", delete=f"echo delete {v}"
        )
    assert host.commands == ["echo create 1", "echo create 2"]


async def test_a_change_of_delete_alone_runs_create_again(host: SshHost, engine: Engine) -> None:
    for v in (1, 2):
        await engine.up(connection=host.connection(), create="echo create", delete=f"echo {v}")
    assert host.commands == ["echo create", "echo create"]


async def test_a_change_of_stdin_runs_create_again_with_the_new_stdin(
    host: SshHost, engine: Engine
) -> None:
    for v in ("1", "2"):
        state = await engine.up(connection=host.connection(), create="cat", stdin=v)
    assert plain(state["stdout"]) == "2"


async def test_a_change_of_the_environment_shows_the_previous_output(
    host: SshHost, engine: Engine
) -> None:
    for v in ("one", "two"):
        state = await engine.up(
            connection=host.connection(),
            create='echo "$GREETING after $PULUMI_COMMAND_STDOUT"', environment={"GREETING": v},
        )  # fmt: skip
    assert plain(state["stdout"]) == "two after one after "


async def test_a_change_of_the_connection_runs_create_again(host: SshHost, engine: Engine) -> None:
    await engine.up(connection=host.connection(), create="echo create")
    await engine.up(connection=host.connection(dialErrorLimit=11), create="echo create")
    assert host.commands == ["echo create"] * 2


async def test_the_same_inputs_change_nothing(host: SshHost, engine: Engine) -> None:
    for _ in range(2):
        await engine.up(connection=host.connection(), create="echo create", triggers=[1, {"a": 2}])
    assert host.commands == ["echo create"]


async def test_a_changed_trigger_is_named_by_its_element(host: SshHost, engine: Engine) -> None:
    # That an element replaces is an option of the SDK; the plugin itself only knows the whole list.
    await engine.up(connection=host.connection(), create="true", triggers=["a", "b"])
    changed = await engine.diff(connection=host.connection(), create="true", triggers=["a", "c"])
    assert changed == {"triggers[1]": "UPDATE"}
    gone = await engine.diff(connection=host.connection(), create="true")
    assert gone == {"triggers": "DELETE_REPLACE"}


async def test_destroy_runs_delete_with_the_last_output_and_nothing_without_delete(
    host: SshHost, engine: Engine
) -> None:
    await engine.up(connection=host.connection(), create="echo made")
    await engine.destroy()
    assert host.dialled == 1
    await engine.up(
        connection=host.connection(), create="echo made", stdin="s",
        delete='test "$PULUMI_COMMAND_STDOUT$(cat)" = mades',
    )  # fmt: skip
    await engine.destroy()
    assert len(host.commands) == 3


async def test_a_preview_dials_nobody_and_knows_no_output(host: SshHost, engine: Engine) -> None:
    news = await engine.check(connection=host.connection(), create="echo 1")
    planned = unmarshal((await engine.create(news, preview=True)).properties)
    assert planned["stdout"].value is UNKNOWN
    assert plain(planned["create"]) == "echo 1"
    assert host.dialled == 0


async def test_a_preview_of_an_update_knows_the_output_only_if_nothing_it_had_changes(
    host: SshHost, engine: Engine
) -> None:
    await engine.up(connection=host.connection(), create="echo 1")
    for changes, known in (({"create": "echo 2"}, False), ({"delete": "added"}, True)):
        news = await engine.check(connection=host.connection(), **{"create": "echo 1", **changes})
        planned = await engine.update(news, preview=True)
        assert (planned["stdout"].value is UNKNOWN) is not known


async def test_a_failure_names_the_status_the_whole_command_and_its_output(
    host: SshHost, engine: Engine, log: Messages
) -> None:
    command = 'echo "out"\necho err >&2; exit 3'
    with pytest.raises(PluginError) as failure:
        await engine.up(connection=host.connection(), create=command)
    first, _, rest = str(failure.value).partition("\n")
    quoted = r'"echo \"out\"\necho err >&2; exit 3"'
    assert first == f"Process exited with status 3: running {quoted}:"
    assert sorted(rest.split()) == ["err", "out"]
    assert sorted(log.texts) == ["err", "out"]


@pytest.mark.parametrize(
    ("logging", "shown"),
    [(None, ["err", "out"]), ("stdout", ["out"]), ("stderr", ["err"]), ("none", []),
     ("stdoutAndStderr", ["err", "out"])],
)  # fmt: skip
async def test_lines_are_shown_live_beside_the_resource_as_logging_says(
    host: SshHost, engine: Engine, log: Messages, logging: str | None, shown: list[str]
) -> None:
    state = await engine.up(
        connection=host.connection(), create="echo out; echo err >&2", logging=logging
    )
    assert sorted(log.seen) == [(Severity.INFO, text, URN.format(KIND), True) for text in shown]
    assert plain(state["stdout"]) == "out"


async def test_a_refused_variable_is_an_error_and_nothing_runs(
    host: SshHost, engine: Engine, log: Messages
) -> None:
    with pytest.raises(PluginError) as failure:
        await engine.up(
            connection=host.connection(), create="true", environment={"FOO": "secret-value"}
        )
    assert str(failure.value) == 'could not set environment variable "FOO": ssh: setenv failed'
    assert [severity for severity, *_ in log.seen] == [Severity.ERROR]
    assert "secret-value" not in log.texts[0]
    assert host.commands == []


async def test_a_refused_previous_output_is_a_warning_that_can_be_switched_off(
    host: SshHost, engine: Engine, log: Messages
) -> None:
    for v in (1, 2):
        await engine.up(connection=host.connection(), create=f"echo {v} >&2", logging="none")
    assert [(severity, status) for severity, _, _, status in log.seen] == [
        (Severity.WARNING, False)
    ]
    assert "PULUMI_COMMAND_STDERR" in log.texts[0]
    await engine.up(
        connection=host.connection(), create="echo 3 >&2", logging="none",
        addPreviousOutputInEnv=False,
    )  # fmt: skip
    assert len(log.seen) == 1


async def test_a_line_that_would_stall_the_published_plugin_is_an_error(
    host: SshHost, engine: Engine
) -> None:
    long = "head -c 70000 /dev/zero | tr '\\0' x; sleep 60"
    with pytest.raises(PluginError, match="line of output has 65536 bytes or more"):
        await engine.up(connection=host.connection(), create=long)
    quiet = long.replace("; sleep 60", "")
    state = await engine.up(connection=host.connection(), create=quiet, logging="none")
    assert len(plain(state["stdout"])) == 70000


async def test_operations_run_at_the_same_time(host: SshHost, log: Messages) -> None:
    provider = CommandProvider(log)
    started = time.monotonic()
    await asyncio.gather(
        *(
            Engine(KIND, provider).up(connection=host.connection(), create="sleep 0.5")
            for _ in range(6)
        )
    )
    assert time.monotonic() - started < 2


async def test_connections_on_which_commands_ran_stay_open(host: SshHost, engine: Engine) -> None:
    for v in (1, 2, 3):
        await engine.up(connection=host.connection(), create=f"echo {v}")
    assert len(host.open) == 3


async def test_cancelling_ends_the_running_command(host: SshHost, engine: Engine) -> None:
    running = asyncio.create_task(
        engine.up(connection=host.connection(), create="sleep 60", delete="true")
    )
    await until(lambda: host.commands)
    await engine.provider.cancel()
    with pytest.raises(PluginError, match="context canceled"):
        await asyncio.wait_for(running, 5)
    await until(lambda: host.signals == ["TERM"])


async def test_a_host_that_goes_away_in_the_middle_is_told_as_such(
    host: SshHost, engine: Engine
) -> None:
    running = asyncio.create_task(engine.up(connection=host.connection(), create="sleep 60"))
    await until(lambda: host.commands)
    for connection in list(host.open):
        connection.abort()
    with pytest.raises(PluginError, match="exited without exit status or exit signal: running"):
        await asyncio.wait_for(running, 5)


def test_the_dial_delays_are_the_published_ones() -> None:
    assert (dialling.FIRST_DELAY, dialling.GROWTH, dialling.LONGEST_DELAY) == (0.1, 1.5, 5.0)
    delays = [dialling.FIRST_DELAY]
    while len(delays) < 10:
        delays.append(min(delays[-1] * dialling.GROWTH, dialling.LONGEST_DELAY))
    assert 11 < sum(delays) < 11.5  # what a refused port takes with the default limit


def test_the_test_host_is_asyncssh_as_pinned() -> None:
    assert asyncssh.__version__ == "2.24.1"
