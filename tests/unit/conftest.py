"""How the property tests run: without deadlines on a busy machine, the same every time in CI."""

import os

from hypothesis import settings

settings.register_profile("own", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "own")
