"""One step on a host: a static script with the verbs `ensure` and `absent`.

The script travels on standard input, together with its values and files, so that nothing but the
verb stands on the command line (a failing command prints that line, and the engine keeps it).
A changed script, value or file runs `ensure` again in place; removing the step runs `absent`. What
names the thing a step makes (its identity) stands on the command line too: when that changes, the
old thing is made absent before the new one is ensured.
"""

import hashlib
import shlex
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_command import local, remote

from components.host import Host
from components.rendering import script
from components.step_program import with_what_it_uses, without_comments

SHARED = (
    *("lib.sh", "undo.sh", "notes.sh", "packages.sh", "kernel.sh"),
    *("sshd.sh", "second-factor.sh", "nginx.sh", "nginx-others.sh", "tls.sh"),
)
"""What every script may use: functions, and names of files; reading them changes nothing. A step
brings along what it uses (step_program.py)."""

# bash becomes the command; sh would stay beside it, with the engine's secrets around it.
_INTERPRETER = ["bash", "-c"]

Values = Mapping[str, pulumi.Input[str]]
Step = remote.Command | local.Command
"""Both have what others use: `id`, `stdout`."""


def command_line(verb: str, *identity: str) -> str:
    """What the login shell of the host is asked to run: the script on its input."""
    return shlex.join(["bash", "-s", "--", verb, *identity])


def _identity_options(identity: Sequence[str]) -> pulumi.ResourceOptions:
    """Another identity is another thing; without this, `ensure` would leave the old one behind.

    The old thing goes first, or it would take the new one's place with it.
    """
    if not identity:
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(replace_on_changes=["create"], delete_before_replace=True)


def render_step(
    script_name: str,
    values: Mapping[str, str],
    files: Mapping[str, str],
    *,
    as_root: bool = True,
) -> str:
    """The standard input of a step: becoming root, values, shared functions, script, files.

    Args:
        script_name: A file under `components/scripts`; it defines `ensure` and `absent`.
        values: Shell variable name -> text. Quoted here.
        files: Name under `$stage_dir` -> text; it gets a newline at its end if it has none.
        as_root: Whether it becomes root first.
    """
    beginning = ["clean-environment.sh", *(["become-root.sh"] if as_root else []), "stage.sh"]
    parts = [without_comments(script(name)) for name in beginning]
    parts.append(_stage("program", render_program(script_name, values)))
    parts.append('. "$stage_dir/program"\n')
    parts += [_stage(name, text) for name, text in files.items()]
    # Everything is parsed by now: what a step runs cannot swallow the rest of the script.
    parts.append('main "$@" </dev/null\n')
    return "".join(parts)


def render_program(script_name: str, values: Mapping[str, str]) -> str:
    """What a step does, without the files it puts in place; nothing in it is secret."""
    # Values first: the scripts may use them while they are read.
    given = [f"{name}={shlex.quote(text)}\n" for name, text in values.items()]
    return "".join([*given, with_what_it_uses(script(script_name), map(script, SHARED), "main")])


def _stage(name: str, text: str) -> str:
    # The digest of the text cannot be a line of that same text, so it always ends the file.
    end = f"END-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    body = text if text.endswith("\n") or not text else text + "\n"
    return f"stage {shlex.quote(name)} <<'{end}'\n{body}{end}\n"


def step_input(script_name: str, values: Values, files: Values) -> pulumi.Output[str]:
    """`render_step` for values that are known only once other resources exist."""
    return pulumi.Output.all(values=dict(values), files=dict(files)).apply(
        lambda known: render_step(script_name, known["values"], known["files"])
    )


def host_step(
    name: str,
    host: Host,
    script_name: str,
    *,
    parent: pulumi.Resource,
    values: Values | None = None,
    files: Values | None = None,
    identity: Sequence[str] = (),
    undo: bool = True,
    dial_error_limit: int = 10,
    depends_on: Sequence[pulumi.Resource] = (),
    aliases: Sequence[pulumi.Alias] = (),
) -> Step:
    """A step on the VPS, by ssh with its pinned host key.

    The `command` plugin dials a rented machine. The WSL host's own ssh dials one the user has: such
    a step can be removed when that machine is gone, too, and is another resource where the host
    key is another machine's (ADR 0013).

    Args:
        name: The step's name; of the resource, too, on a rented machine.
        host: Where.
        script_name: A file under `components/scripts`.
        parent: The component it belongs to.
        values: Shell variable name -> text.
        files: File name -> text.
        identity: Names of what the step makes, not secret; another one replaces the step.
        undo: Whether `absent` runs when the step is removed (on a rented machine it never does
            when the machine goes with it).
        dial_error_limit: Failed connections before giving up; 10 are about 11 s on a closed port.
        depends_on: Only where no value flows.
        aliases: What it was called before.
    """
    # A replaced machine may keep its address: its identity must be part of the input, or the
    # engine would see nothing to do and leave the new machine empty.
    known = {"step": name, "machine": host.machine_id, **(values or {})}
    text = step_input(script_name, known, files or {})
    create = command_line("ensure", *identity)
    delete = command_line("absent", *identity) if undo else None
    opts = pulumi.ResourceOptions.merge(
        _identity_options(identity),
        pulumi.ResourceOptions(
            parent=parent,
            deleted_with=host.machine,
            depends_on=list(depends_on),
            aliases=[*aliases, *host.former_names(name)],
        ),
    )
    if host.machine is None:
        return local.Command(
            host.resource_name(name),
            create=create,
            delete=delete,
            # The same for one name; a state from before the names told machines apart has it.
            triggers=[host.pinned_key],
            stdin=_over_ssh(name, host, text, attempts=dial_error_limit),
            interpreter=_INTERPRETER,
            add_previous_output_in_env=False,
            opts=opts,
        )
    return remote.Command(
        name,
        connection=host.connection(dial_error_limit=dial_error_limit),
        create=create,
        delete=delete,
        stdin=text,
        add_previous_output_in_env=False,  # sshd refuses the variables and warns on every run
        opts=opts,
    )


def _over_ssh(
    name: str, host: Host, text: pulumi.Output[str], *, attempts: int
) -> pulumi.Output[str]:
    """What the WSL host runs to have `text` run on the machine; it needs no root here."""
    return pulumi.Output.all(text, host.address, host.pinned_key).apply(
        lambda known: render_step(
            "over-ssh.sh",
            {
                "name": name,
                "user": host.user,
                "address": known[1],
                "port": str(host.port),
                "key_file": host.key_file,
                "host_key": known[2],
                "attempts": str(attempts),
            },
            {"step": known[0]},
            as_root=False,
        )
    )


def local_step(
    name: str,
    script_name: str,
    *,
    parent: pulumi.Resource,
    values: Values | None = None,
    files: Values | None = None,
    identity: Sequence[str] = (),
    depends_on: Sequence[pulumi.Resource] = (),
) -> local.Command:
    """A step on the machine that runs pulumi, the WSL host. See `host_step` for the arguments."""
    return local.Command(
        name,
        create=command_line("ensure", *identity),
        delete=command_line("absent", *identity),
        stdin=step_input(script_name, {"step": name, **(values or {})}, files or {}),
        interpreter=_INTERPRETER,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions.merge(
            _identity_options(identity),
            pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on)),
        ),
    )
