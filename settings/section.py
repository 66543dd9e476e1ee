"""What every section of the settings has in common."""

from pydantic import BaseModel, ConfigDict

NAMESPACE = "vps-reverse-proxy"
"""Of their keys in a stack's configuration: the project's name, as it stands in Pulumi.yaml."""


class Section(BaseModel):
    """A frozen group of settings that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
