"""The groups of people in the user pool: what the operator's `person` command gives and the authorizer reads.

A group is named by the tenant of the app that its members read, or it is `ADMIN_GROUP`.
"""

ADMIN_GROUP = "admin"  # shorter than any tenant, so never the name of one
