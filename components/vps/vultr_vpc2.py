"""Whether Pulumi's plugin for Vultr can still read what it rents there.

It asks for VPC 2.0 after each work on an instance, also where nobody uses that, and takes no answer
for a failure. Vultr has switched VPC 2.0 off in 2026: the plugin would rent an instance and fail,
each time anew. Once there is a plugin that does not ask, this module goes.
"""

import pulumi

from components.vps.api import NotThereError

PLUGIN = "2.27.1"
"""The newest one, which asks; the version of the SDK in requirements.txt, too."""


WHY_NOT = (
    "nothing can be rented from Vultr with "
    f"Pulumi's plugin for it ({PLUGIN}, the newest): after each work on an instance it "
    "asks for VPC 2.0, which Vultr has switched off, and fails; the instance would be "
    "paid for all the same (github.com/vultr/terraform-provider-vultr, issue 753). Rent "
    "from hcloud, linode or digitalocean, or make an instance at my.vultr.com yourself "
    "and set server.provider to existing"
)


def is_readable(token: str | None) -> bool:
    """Whether Vultr still knows VPC 2.0.

    Args:
        token: Of this account.

    Raises:
        pulumi.RunError: Vultr does not answer, or refuses the token.
    """
    from components.vps.vultr import vultr_api

    try:
        vultr_api(token).get("/vpc2", {"per_page": 1})
    except NotThereError:
        return False
    return True


def refuse_unreadable(token: str | None) -> None:
    """End the run before an instance is rented or changed that the plugin could not read.

    Args:
        token: Of this account.

    Raises:
        pulumi.RunError: Vultr does not know VPC 2.0 any more, or does not answer.
    """
    if not is_readable(token):
        raise pulumi.RunError(f"{pulumi.get_project()}:server.provider: {WHY_NOT}")
