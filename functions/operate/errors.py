"""Why a command of the operator is refused. Each message says what is wrong, and what to type instead."""

from functions.core.errors import CaliperError


class OperateError(CaliperError):
    """The command cannot be done as it was asked."""


class StackError(OperateError):
    """There is no such stack, or it lacks something that the command needs."""


class RegistryError(OperateError):
    """No such app, credential or course; or one that cannot be registered or changed so."""


class PeopleError(OperateError):
    """No such person, no address, or no app that the person is to read."""


class SchoolError(OperateError):
    """Ids cannot be made one person so, or a roster cannot be read so."""


class SenderAlarmsError(OperateError):
    """Alarms of an app that cannot be set so, or an e-mail that cannot be sent from here."""


class ExportError(OperateError):
    """Nothing can be exported so."""


class LakeError(OperateError):
    """The lake cannot be asked or loaded so, or did not do it."""


class RecoveryError(OperateError):
    """Something cannot be listed, replayed, rebuilt or restored so."""
