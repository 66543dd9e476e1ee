"""A move between machines of the user's, run by run, also one that fails half way."""

from dataclasses import dataclass, field

import pytest

from components.step import host_step
from components.vps.existing import adopt_existing
from settings import ExistingServer
from tests.unit.components.engine import Recorder, Registered, deploy
from tests.unit.components.samples import Parent
from tests.unit.settings_support import EXISTING

KEYS = {one: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{one * 43}" for one in "AB"}
STEPS = ("proxy-packages", "tunnel-user-account")


def plan(machine: str, *, before: str | None = None) -> Recorder:
    """What a run asks for: two steps on this machine, the last run having been on another."""

    def program() -> None:
        spec = ExistingServer.model_validate(
            {**EXISTING, "key_file": "/nowhere/key", "host_key": KEYS[machine]}
        )
        vps = adopt_existing(spec, takes_over=before not in {None, machine})
        parent = Parent()
        host_step(STEPS[0], vps, "nginx-packages.sh", parent=parent, values={"stack": "p/dev"})
        host_step(STEPS[1], vps, "tunnel-user.sh", parent=parent, identity=["tunnel"])

    return deploy(program)


@dataclass(kw_only=True)
class State:
    """The engine's state of the steps, by its rules; who made what is told by the host key.

    Attributes:
        live: Resource -> the machine it is on, and its triggers.
        doomed: What was replaced and is deleted at the end of a run that succeeds.
    """

    live: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    doomed: list[tuple[str, str]] = field(default_factory=list)

    def run(self, recorder: Recorder, *, fails_at: str | None = None) -> list[tuple[str, str]]:
        """Carry a plan out; returns the steps that were undone, each with its machine."""
        wanted = recorder.named("Command")
        for step in wanted:
            if fails_at and step.name.startswith(fails_at):
                return []
            self._take(step)
        gone = [name for name in self.live if name not in {step.name for step in wanted}]
        undone = self.doomed + [(name, self.live.pop(name)[0]) for name in gone]
        self.doomed = []
        return undone

    def _take(self, step: Registered) -> None:
        names = [step.name, *(alias.spec.name for alias in step.options.aliases)]
        found = next((name for name in names if name in self.live), None)
        (key,) = step.inputs["triggers"]
        machine = next(one for one, whole in KEYS.items() if whole == key)
        if found:
            before, triggers = self.live.pop(found)
            if triggers != [key]:
                self.doomed.append((found, before))
        self.live[step.name] = (machine, [key])

    def machines(self) -> set[str]:
        return {machine for machine, _ in self.live.values()}


def test_a_move_undoes_everything_on_the_old_machine_and_nothing_on_the_new_one() -> None:
    state = State()
    state.run(plan("A"))
    undone = state.run(plan("B", before="A"))

    assert {machine for _, machine in undone} == {"A"}
    assert len(undone) == len(STEPS)
    assert state.machines() == {"B"}


@pytest.mark.parametrize("recorded", ["A", "B"], ids=["not recorded", "recorded early"])
@pytest.mark.parametrize("fails_at", STEPS)
def test_the_way_back_from_a_failed_move_undoes_nothing_on_the_machine_in_use(
    fails_at: str, recorded: str
) -> None:
    state = State()
    state.run(plan("A"))
    assert state.run(plan("B", before="A"), fails_at=fails_at) == []
    undone = state.run(plan("A", before=recorded))

    assert "A" not in {machine for _, machine in undone}
    assert state.machines() == {"A"}
    assert state.run(plan("A", before="A")) == []


@pytest.mark.parametrize("recorded", ["A", "B"], ids=["not recorded", "recorded early"])
def test_a_failed_move_goes_on_where_it_was(recorded: str) -> None:
    state = State()
    state.run(plan("A"))
    state.run(plan("B", before="A"), fails_at=STEPS[1])
    undone = state.run(plan("B", before=recorded))

    assert {machine for _, machine in undone} == {"A"}
    assert state.machines() == {"B"}


def test_a_state_with_the_plain_names_is_taken_up_on_the_same_machine_alone() -> None:
    def old() -> State:
        return State(live={name: ("A", [KEYS["A"]]) for name in STEPS})

    same, moved = old(), old()
    assert same.run(plan("A", before="A")) == []
    assert same.machines() == {"A"}
    assert moved.run(plan("B", before="A"), fails_at=STEPS[1]) == []
    assert moved.live[STEPS[0]] == ("A", [KEYS["A"]])


def test_what_a_machine_is_told_does_not_hold_what_the_state_calls_its_steps() -> None:
    for step in plan("A").named("Command"):
        name, _, label = step.name.partition("@")
        assert name in STEPS
        assert f"step={name}\n" in step.text("stdin")
        assert label not in step.text("stdin").replace(KEYS["A"], "")


def test_another_account_on_the_same_machine_comes_after_the_old_one_has_gone() -> None:
    options = plan("B", before="A")["tunnel-user-account"].options

    assert options.deleteBeforeReplace
    assert "create" in options.replaceOnChanges
