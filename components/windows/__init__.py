"""What the program does on the Windows side of a WSL host, so that WSL keeps running.

Nothing here imports Pulumi but `keep_alive`: the rest can be asked without a deployment.
"""
