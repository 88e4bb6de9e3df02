"""What was received before a person was erased does not come back: not by the queue, a redrive, a replay or a rebuild.

Asked before anything is archived. It costs nothing for what was received after the last erasure of its app; for what
is older it costs one query of the registry a minute.
"""

from collections.abc import Mapping, Sequence

from functions.core.messages import Message
from functions.store.registrations import Registration, Registrations


def without_the_erased(
    messages: Sequence[Message], registered: Mapping[str, Registration], registrations: Registrations, *, now_us: int
) -> list[Message]:
    """`messages` without what is of a person who was erased after it was received, and without what names that person.

    There are as many messages, and as many items in each: the places of the others do not change.
    """

    def kept(message: Message) -> Message:
        if not registered[message.tenant].may_be_erased(received_us=message.received_us, system=message.system):
            return message
        from functions.core.privacy.message import message_without_erased  # nearly all batches do without

        return message_without_erased(message, registrations.erased(message.tenant, now_us=now_us))

    return [kept(message) for message in messages]
