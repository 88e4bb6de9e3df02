"""The groups of people in the user pool: what the operator's `person` command gives and the authorizer reads.

A group is named by the tenant of the app that its members read, or it is one of those below.
"""

# Shorter than any tenant, so never the name of one.
ADMIN_GROUP = "admin"  # its members read every app
OPERATOR_GROUP = "operator"  # its members also change webhooks, erase and copy, in the apps that they read
