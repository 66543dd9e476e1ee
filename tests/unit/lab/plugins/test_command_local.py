"""The `command` stand-in on this machine."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from lab.plugins.command.logs import Severity
from lab.plugins.command.provider import CommandProvider
from lab.plugins.property_values import (
    ASSET,
    SIGNATURE,
    UNKNOWN,
    PropertyValue,
    marshal,
    plain,
    unmarshal,
    wrap,
)
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import PluginError
from lab.plugins.values import to_values
from tests.unit.lab.plugins.command_host import Engine, Messages, until

URN = "urn:pulumi:dev::program::app:index:Parent$command:local:Command::step"


@pytest.fixture
def log() -> Messages:
    return Messages()


@pytest.fixture
def engine(log: Messages) -> Engine:
    return Engine("local:Command", CommandProvider(log))


def alive(pid: str) -> bool:
    try:
        return bool(Path("/proc", pid, "cmdline").read_bytes())  # a zombie has none
    except FileNotFoundError:
        return False


async def test_a_command_gets_its_stdin_environment_and_folder(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INHERITED", "from outside")
    state = await engine.up(
        create='cat; echo "$GREETING $INHERITED"; pwd; echo oops >&2',
        stdin="in\n", environment={"GREETING": "hello"}, dir=str(tmp_path),
    )  # fmt: skip
    assert plain(state["stdout"]) == f"in\nhello from outside\n{tmp_path}"
    assert plain(state["stderr"]) == "oops"


async def test_another_interpreter_gets_the_text_as_its_last_argument(engine: Engine) -> None:
    state = await engine.up(create="a b", interpreter=["printf", "[%s]"])
    assert plain(state["stdout"]) == "[a b]"


async def test_update_falls_back_to_create_and_sees_the_previous_output(engine: Engine) -> None:
    create = 'echo "now $V, before: $PULUMI_COMMAND_STDOUT"'
    await engine.up(create=create, environment={"V": "1"})
    state = await engine.up(create=create, environment={"V": "2"})
    assert plain(state["stdout"]) == "now 2, before: now 1, before: "
    state = await engine.up(
        create=create, environment={"V": "3"}, addPreviousOutputInEnv=False,
        update='echo "update ${PULUMI_COMMAND_STDOUT:-without}"',
    )  # fmt: skip
    assert plain(state["stdout"]) == "update without"


async def test_delete_runs_only_if_there_is_one(engine: Engine, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    await engine.up(create="echo made")
    await engine.destroy()
    await engine.up(create="echo made", delete=f"echo $PULUMI_COMMAND_STDOUT > {mark}")
    await engine.destroy()
    assert mark.read_text() == "made\n"


async def test_without_any_text_nothing_runs_and_the_outputs_are_empty(engine: Engine) -> None:
    state = await engine.up(stdin="unused")
    assert (plain(state["stdout"]), plain(state["stderr"])) == ("", "")


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"create": "echo out; exit 3"}, 'exit status 3: running "echo out; exit 3":\nout\n'),
        ({"create": "kill -9 $$"}, 'signal: killed: running "kill -9 $$":\n'),
        ({"create": "1", "interpreter": ["no-such-program"]},
         'exec: "no-such-program": executable file not found in $PATH: running "1":\n'),
        ({"create": "1", "interpreter": ["/no/such"]},
         'fork/exec /no/such: no such file or directory: running "1":\n'),
        ({"create": "1", "dir": "/no/such"},
         'chdir /no/such: no such file or directory: running "1":\n'),
    ],
)  # fmt: skip
async def test_a_failure_is_worded_as_the_published_plugin_words_it(
    engine: Engine, inputs: dict[str, object], text: str
) -> None:
    with pytest.raises(PluginError) as failure:
        await engine.up(**inputs)
    assert str(failure.value) == text


async def test_files_are_found_by_patterns_in_order(engine: Engine, tmp_path: Path) -> None:
    for name in ("assets/logos/logo.svg", "src/index.js", "src/secret.js", "top.js", "notes"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    state = await engine.up(
        create="echo fresh > made.txt", dir=str(tmp_path),
        assetPaths=["assets/**", "src/**.js", "!**secret.*", "*.{txt,md}"], archivePaths=["*.js"],
    )  # fmt: skip
    assets = plain(state["assets"])
    assert sorted(assets) == ["assets/logos/logo.svg", "made.txt", "src/index.js"]
    assert assets["made.txt"][SIGNATURE] == ASSET
    assert assets["made.txt"]["path"] == str(tmp_path / "made.txt")
    assert list(plain(state["archive"])["assets"]) == ["top.js"]


async def test_a_command_that_does_not_read_its_input_is_no_failure(engine: Engine) -> None:
    await engine.up(create="exec true", stdin="x" * 1_000_000)


async def cancel_what_it_started(engine: Engine, folder: Path) -> None:
    """Cancel a command that has started another one, and wait until that is gone, too."""
    mark = folder / "pid"
    running = asyncio.create_task(engine.up(create=f"sh -c 'echo $$ > {mark}; sleep 61'; true"))
    await until(lambda: mark.exists() and mark.read_text())
    await engine.provider.cancel()
    with pytest.raises(PluginError, match="context canceled"):
        await asyncio.wait_for(running, 5)
    await until(lambda: not alive(mark.read_text().strip()))


async def test_cancelling_kills_the_command_and_what_it_started(
    engine: Engine, tmp_path: Path
) -> None:
    await cancel_what_it_started(engine, tmp_path)
    with pytest.raises(PluginError, match="context canceled"):
        await Engine("local:Command", engine.provider).up(create="true")


async def test_cancelling_kills_what_a_command_started_before_it_was_known_to_run(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = asyncio.create_subprocess_exec

    async def known_late(*args: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await start(*args, **options)
        await asyncio.sleep(0.5)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", known_late)
    await cancel_what_it_started(engine, tmp_path)


async def test_a_background_process_that_keeps_the_output_open_keeps_the_command_going(
    engine: Engine,
) -> None:
    started = time.monotonic()
    await engine.up(create="sleep 0.5 & echo done")
    assert time.monotonic() - started >= 0.5


async def test_a_line_that_would_stall_the_published_plugin_is_an_error(engine: Engine) -> None:
    with pytest.raises(PluginError, match="line of output has 65536 bytes or more"):
        await engine.up(create="head -c 70000 /dev/zero | tr '\\0' x; sleep 60")


async def test_secrecy_of_an_input_stays_and_outputs_are_public(engine: Engine) -> None:
    state = await engine.up(create="cat", stdin=PropertyValue("hidden", is_secret=True))
    assert state["stdin"].is_secret
    assert not state["stdout"].is_secret


async def test_a_preview_runs_nothing(engine: Engine, tmp_path: Path) -> None:
    news = await engine.check(create=f"touch {tmp_path}/made")
    planned = unmarshal((await engine.create(news, preview=True)).properties)
    assert planned["stderr"].value is UNKNOWN
    assert not (tmp_path / "made").exists()


async def test_run_runs_at_every_call_and_returns_its_arguments_too(log: Messages) -> None:
    provider = CommandProvider(log)
    args = marshal({"command": wrap("echo $0"), "dir": wrap("/")})
    answer = await provider.invoke(provider_pb2.InvokeRequest(tok="command:local:run", args=args))
    found = to_values(getattr(answer, "return"))
    assert found == {"command": "echo $0", "dir": "/", "stdout": "/bin/sh", "stderr": ""}
    assert log.seen == [(Severity.INFO, "/bin/sh", "", True)]


async def test_wrong_types_and_unknown_properties_are_refused_by_name(log: Messages) -> None:
    given = {"create": wrap(1), "crate": wrap("typo"), "environment": wrap(["A=1"])}
    asked = provider_pb2.CheckRequest(urn=URN, news=marshal(given))
    answer = await CommandProvider(log).check(asked)
    failures = {each.property: each.reason for each in answer.failures}
    assert failures == {
        "create": "must be a string", "crate": "no such property", "environment": "must be a map",
    }  # fmt: skip


async def test_a_custom_timeout_kills_the_command(engine: Engine) -> None:
    news = await engine.check(create="echo on; sleep 60")
    with pytest.raises(PluginError) as failure:
        await engine.create(news, seconds=0.3)
    assert str(failure.value) == 'signal: killed: running "echo on; sleep 60":\non\n'
