"""A stand-in for Debian's package tools, run as `debian.py FOLDER TOOL ARGUMENTS`.

The folder's `packages.json` says what each package hangs on; `installed` names those that are
there, one a line, and `auto` those among them that only came along. `owned`, if there is one, says
which of them a file is of: PATH PACKAGE.
"""

import json
import sys
from pathlib import Path


def closure(needs: dict[str, list[str]], names: set[str]) -> set[str]:
    """These packages and all that they hang on."""
    found, left = set[str](), set(names)
    while left:
        name = left.pop()
        found.add(name)
        left |= set(needs[name]) - found
    return found


def owner(folder: Path, path: str, there: set[str]) -> str:
    """The package that a file is of."""
    owned = folder / "owned"
    lines = owned.read_text().splitlines() if owned.exists() else []
    found = [line.split()[1] for line in lines if line.split()[0] == path]
    if not there & {*found}:
        sys.exit(f"dpkg-query: no path found matching pattern {path}")
    return f"{found[0]}: {path}"


def main() -> None:
    """One call of one tool."""
    folder, tool, *arguments = Path(sys.argv[1]), *sys.argv[2:]
    needs: dict[str, list[str]] = json.loads((folder / "packages.json").read_text())
    there = set((folder / "installed").read_text().split())
    auto = set((folder / "auto").read_text().split())
    asked = {one for one in arguments if one in needs}
    if "-S" in arguments:
        print(owner(folder, arguments[-1], there))
    elif tool == "dpkg-query" and asked:
        print("installed" if asked <= there else "not-installed", end="")
    elif tool == "dpkg-query":
        print("".join(f"installed {name}\n" for name in sorted(there)), end="")
    elif tool == "apt-mark":
        print("\n".join(sorted(auto)))
    elif tool == "apt-cache":
        for name in sorted(closure(needs, asked) & there):
            print(name, *(f"  Depends: {one}" for one in needs[name]), sep="\n")
    elif "install" in arguments:
        came = closure(needs, asked) - there
        there, auto = there | came, auto | (came - asked)
    elif "purge" in arguments:
        gone = {name for name in there if closure(needs, {name}) & asked}
        if "-s" in arguments:
            print("\n".join(f"Purg {name} [1]" for name in sorted(gone)))
        else:
            there, auto = there - gone, auto - gone
    (folder / "installed").write_text("\n".join(sorted(there)) + "\n")
    (folder / "auto").write_text("\n".join(sorted(auto)) + "\n")


if __name__ == "__main__":
    main()
