"""The audit line of an operator's command: who ran which command, for which app, and how it ended."""

from functions.core.usage.audit import audit_line
from functions.operate.operator import Operator
from functions.store.audit import CloudWatchAuditLog
from functions.store.errors import TRANSIENT, cause_of

LOCAL = "local"  # who runs a command on a laptop's stack


def write_audit_line(operator: Operator, action: str, target: str, code: int) -> str | None:
    """Write the line of a command that reached a stack with an audit log; why it was not written, None if it was.

    The operator is named by the ARN that AWS knows them by.
    """
    group = operator.audit_group
    if not group:
        return None
    try:
        caller = LOCAL
        if not operator.connection.is_local:
            caller = str(operator.connection.client("sts").get_caller_identity()["Arn"])
        log = CloudWatchAuditLog(operator.connection.client("logs"), group, operator.registry_table)
        line = audit_line(
            credential=caller, kind="operator", app=target, route=action, status=code, now_us=operator.clock()
        )
        return log.write(line)
    except TRANSIENT as failure:
        return cause_of(failure)
