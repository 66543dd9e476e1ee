"""Whether the Task Scheduler would take a task's XML from a user without administrator's rights."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET  # nosec B405 - our own program's text

from lab.windows import powershell, wsl_line
from lab.windows.drive import USER_ID, WSLG
from lab.windows.session import Refused
from lab.windows.task_schema import KINDS, NAMESPACE, VERSIONS, Values
from lab.windows.wslpath import linux_path

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # nosec B405 - our own program wrote what it reads

_VALUES = Values()


def check_task(data: bytes) -> Element:
    """The definition, read.

    Raises:
        Refused: It is malformed, or asks for what that user may not.
    """
    root = _parse(data)
    if root.tag != f"{{{NAMESPACE}}}Task":
        raise _malformed(f"(2,2):{_name(root)}: the namespace is not {NAMESPACE}")
    if root.get("version", "1.2") not in VERSIONS:
        raise _malformed(f"(2,2):version:{root.get('version')}")
    _check_element(root)
    _check_users(root)
    for subscription in root.iter(f"{{{NAMESPACE}}}Subscription"):
        _check_subscription(subscription.text or "")
    principals = {item.get("id") for item in root.iter(f"{{{NAMESPACE}}}Principal")}
    for actions in root.iter(f"{{{NAMESPACE}}}Actions"):
        if actions.get("Context") not in {None, *principals}:
            raise _malformed(f"Context:{actions.get('Context')}")
    for action in root.iter(f"{{{NAMESPACE}}}Exec"):
        _check_action(action)
    return root


def command_of(data: bytes) -> str:
    """What a task runs in the distribution. Raises Refused as `check_task` does."""
    actions = check_task(data).iter(f"{{{NAMESPACE}}}Exec")
    return next(_check_action(action) for action in actions)


def _parse(data: bytes) -> Element:
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    head = data.replace(b"\0", b"")[:200].lower()
    if marked != (b'encoding="utf-16"' in head):
        raise _malformed("(1,40)::ERROR: unable to switch encoding")
    try:
        return ET.fromstring(data)  # noqa: S314 - our own program wrote it  # nosec B314
    except ET.ParseError as error:
        raise _malformed(str(error)) from error


def _malformed(where: str) -> Refused:
    return Refused(f"ERROR: The task XML is malformed.\n{where}")


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _check_element(element: Element) -> None:
    name = _name(element)
    if name not in KINDS:
        text = element.text or ""
        if len(element) or not text.strip() or not _VALUES.allows(name, text):
            raise _malformed(f"{name}:{text}")
        return
    kind = KINDS[name]
    children = [_name(child) for child in element]
    for child in element:
        if child.tag != f"{{{NAMESPACE}}}{_name(child)}" or _name(child) not in kind.children:
            raise _malformed(f"{name}: unexpected {_name(child)}")
    if not kind.many and len(set(children)) != len(children):
        raise _malformed(f"{name}: a child stands twice")
    if kind.ordered and children != sorted(children, key=kind.children.index):
        raise _malformed(f"{name}: the order is {', '.join(kind.children)}")
    if missing := set(kind.required) - set(children):
        raise _malformed(f"{name}: missing {', '.join(sorted(missing))}")
    for child in element:
        _check_element(child)


def _check_users(root: Element) -> None:
    """Without administrator's rights: one's own account only, and no trigger for everybody."""
    for trigger in root.iter(f"{{{NAMESPACE}}}LogonTrigger"):
        if trigger.find(f"{{{NAMESPACE}}}UserId") is None:
            raise Refused("ERROR: Access is denied.")
    if any(True for _ in root.iter(f"{{{NAMESPACE}}}BootTrigger")):
        raise Refused("ERROR: Access is denied.")
    for user in root.iter(f"{{{NAMESPACE}}}UserId"):
        if user.text != USER_ID:
            raise Refused("ERROR: No mapping between account names and security IDs was done.")


def _check_subscription(text: str) -> None:
    try:
        queries = ET.fromstring(text)  # noqa: S314 - our own program wrote it  # nosec B314
    except ET.ParseError as error:
        raise _malformed(f"Subscription: {error}") from error
    selects = queries.findall("Query/Select")
    if queries.tag != "QueryList" or not selects:
        raise _malformed("Subscription: a QueryList of Query of Select")
    for select in selects:
        if not select.get("Path") or not (select.text or "").startswith("*[System["):
            raise _malformed(f"Subscription: {select.text}")


def _check_action(action: Element) -> str:
    """What it runs in the distribution."""
    command = action.findtext(f"{{{NAMESPACE}}}Command", "")
    arguments = action.findtext(f"{{{NAMESPACE}}}Arguments", "")
    if command.lower() == "powershell.exe":
        return powershell.check(arguments)
    if linux_path(command) == str(WSLG):
        return wsl_line.check(arguments, windowless=True)
    raise Refused(f"ERROR: the lab's Windows has no program {command}.")
