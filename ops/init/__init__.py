"""Makes a stack: asks, checks the tokens, writes Pulumi.STACK.yaml through pulumi itself."""
