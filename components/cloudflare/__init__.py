"""Cloudflare's API, for what its published plugin cannot do.

That is: one rule in a rule set that is shared, a setting that is put back, questions in preview.

The dynamic providers in here are named by a stack's state: `pulumi destroy` of an old stack imports
them under the names they have now. Do not move or rename them.
"""
