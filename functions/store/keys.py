"""The design document of the two tables, and the only place where their names and keys are made.

The events table holds everything that apps send and what follows from it. Every partition key begins with the tenant
(the digest of the app that the credential belongs to), so two apps that name the same learner, session or run never
touch each other's items. Key parts have a fixed width: instants are 18 digits, identifiers 22-character digests
(`functions.core.ids`); the real identifiers are attributes or are read from the stored body. A sort key can therefore
neither pass 1,024 bytes (DynamoDB limit) nor be forged.

    item                     pk (after the tenant)          sk                              by_id (GSI)
    event of a learner       A#<learner>                    E#<time>#<id>#<content>         E#<id>
    heartbeat                A#<learner> | S#<session>      E#<time>#<id>#<content>         -
    event, session only      S#<session>                    E#<time>#<id>#<content>         E#<id>
    event, neither           N#<00..63>                     E#<time>#<id>#<content>         E#<id>
    entity describe          D#<entity>                     E#<time>#<id>#<content>         E#<id>
    rival of an event        as its event                   E#<time>#<id>#!<content>        -
    session timer            A#<learner> | S#<session>      T                               M#<session> *
    session row, explicit    A#<learner> | S#<session>      S#<session>                     -
    session row, inferred    A#<learner>                    S~<start>#<session>             M#<session> *
    totals of a UTC day      A#<learner>                    Q#<day>                         -
    login row                as its events                  L#<session>                     -
    event index row          as its events                  M#<correlation>#<day>           M#<correlation>
    address of a learner     A#<learner>                    M#<address>#                    @#<address>
    rejection                X#<0..7>                       <received>#<content>            X#<id> where it has one
    conflict                 V#<0..7>                       <time>#<id>#<content>           -
    manifest                 L#<month>#<0..3>               <latest event>#<content>        -
    pointer to a manifest    W#<month>#<0..3>               <received>#<its place>          -
    sent | received | rejected of a day   L | W | R         <day>#<0..3 | code>             -
    rejections of a message  X#<0..7>                       <received>#<job>#<content>      -
    rejection found by id    X#<0..7>#I                     <of its row>#<index>            X#<id>
    long sensor              Q#<sensor>                     SENSOR#<period of its expiry>   -
    usage of a minute        U#<minute>                     USAGE                           -
    mark of a rejection      X#MARKS#<0..7>                 <content>                       -
    job of a large envelope  J#<job>                        <message>                       -
    local sign-in link       K#<digest of its code>         LINK                            -     (no tenant)
    queue's lag (no tenant)  LAG                            <time>#<worker> | EMPTY | HOLD  -
    walk of ids (no tenant)  WALK                           WALK                            -

A *correlation* is a session or a run: one row says on which day of which learner its events lie, so a session or run
is found by one query of `by_id` and read by one query a day. No event names an inferred session (*), so its session row
leads to it, and the timer while it is open. A *rival* is another content under an event's id (`store.facts.rivals`).
Keys of a course's learners: `store.totals.course_learners`. Indexes, KEYS_ONLY: `by_id` (pk `ref`; its rows come in no
promised order) and `by_due` (sparse: only session timers that are not idle; pk `shard`, sk `due`).

The registry has a table of its own, in no archive, which `process` and `timeout` cannot write. Its index is `by_id`.

    app (no tenant)          APPS                           <tenant>                        -
    credential (no tenant)   K#<digest of key or client>    CREDENTIAL                      C#<tenant>
    last use (no tenant)     U#<digest of key or client>    USE                             -
    course                   C#<course>                     COURSE                          <tenant>#C
    erasure (no tenant)      GONE#<tenant>                  UNTIL | <digest of identifier>  -
    webhooks, people, alarms functions.store.webhooks.keys, .people.keys, .sender_alarms.rows
    key of the audit log     AUDIT                          KEY                             -     (no tenant)
    the lake's secret        LAKE                           SECRET                          -     (no tenant)
"""

from functions.core.ids import id_digest
from functions.store.dynamodb.key_parts import shard_of, spread, time_key

PK, SK, TTL = "pk", "sk", "expires"
BY_ID, BY_ID_PK = "by_id", "ref"
BY_DUE, DUE_PK, DUE_SK = "by_due", "shard", "due"
KEY_NAMES = {"": (PK, SK), BY_ID: (BY_ID_PK, ""), BY_DUE: (DUE_PK, DUE_SK)}  # index → its key attributes
EVENTS_INDEXES = (BY_ID, BY_DUE)
REGISTRY_INDEXES = (BY_ID,)

DUE_SHARDS, UNATTRIBUTED_SHARDS, MANIFEST_SHARDS, REJECTION_SHARDS, CONFLICT_SHARDS = 16, 64, 4, 8, 8

EVENT, SESSION, LOGIN, EVENT_INDEX, TOTALS = "E#", "S#", "L#", "M#", "Q#"
INFERRED = "S~"  # beside SESSION: one query reads the timer and all session rows of a learner
TIMER = "T"  # sorts after the session rows: a query that descends reads it first

APPS, CREDENTIAL, USE, COURSE, LINK = "APPS", "CREDENTIAL", "USE", "COURSE", "LINK"
USE_PREFIX = "U#"  # the authorizer may write rows of these partitions and no others
LAKE, LAKE_SECRET, WALK = "LAKE", "SECRET", "WALK"
AUDIT = "AUDIT"  # the key of the digests in audit lines; `query` and `manage` may put this row


def tenant_of(app_id: str) -> str:
    return id_digest(app_id)


def tenant_in(pk: str) -> str:
    return pk.partition("#")[0]


def place_of(pk: str) -> str:  # without its tenant
    return pk.partition("#")[2]


def is_learners(pk: str) -> bool:
    """Whether a partition is a learner's, and not that of a session without one."""
    return place_of(pk).startswith("A#")


def learner_pk(tenant: str, learner: str) -> str:
    return f"{tenant}#A#{id_digest(learner)}"


def session_pk(tenant: str, session: str) -> str:
    return f"{tenant}#S#{id_digest(session)}"


def unattributed_pk(tenant: str, event_id: str) -> str:
    return f"{tenant}#N#{shard_of(id_digest(event_id), UNATTRIBUTED_SHARDS):02d}"


def entity_pk(tenant: str, entity: str) -> str:
    return f"{tenant}#D#{id_digest(entity)}"


def conflict_pk(tenant: str, shard: int) -> str:
    return f"{tenant}#V#{shard}"


def rejection_pk(tenant: str, shard: int) -> str:
    return f"{tenant}#X#{shard}"


def manifest_pk(tenant: str, month: str, shard: int) -> str:
    return f"{tenant}#L#{month}#{shard}"


def arrival_pk(tenant: str, month: str, shard: int) -> str:
    return f"{tenant}#W#{month}#{shard}"


def received_pk(tenant: str) -> str:
    return f"{tenant}#W"


def sent_pk(tenant: str) -> str:
    return f"{tenant}#L"


def rejected_pk(tenant: str) -> str:
    return f"{tenant}#R"


def counted_pk(tenant: str, day: str) -> str:
    return f"{tenant}#L#{day}"


def job_pk(tenant: str, job: str) -> str:
    return f"{tenant}#J#{job}"


def address_ref(tenant: str, address: str) -> str:
    """Not an event index row's: an address in place of a session's or run's id finds nothing."""
    return f"{tenant}#@#{id_digest(address)}"


def event_sk(time_us: int, event_id: str, content: str) -> str:
    """`content` is the digest of the canonical JSON: the same event lands on itself, another content elsewhere."""
    return f"{EVENT}{time_key(time_us)}#{id_digest(event_id)}#{content}"


def session_sk(session: str) -> str:
    return SESSION + id_digest(session)


def inferred_sk(session: str, start_us: int) -> str:
    return f"{INFERRED}{time_key(start_us)}#{id_digest(session)}"


def totals_sk(day: str) -> str:
    return TOTALS + day


def login_sk(session: str) -> str:
    return LOGIN + id_digest(session)


def event_index_sk(correlation: str, day: str) -> str:
    return f"{EVENT_INDEX}{id_digest(correlation)}#{day}"


def event_ref(tenant: str, event_id: str) -> str:
    return digest_ref(tenant, id_digest(event_id))


def digest_ref(tenant: str, event_id_digest: str) -> str:
    return f"{tenant}#E#{event_id_digest}"


def rejection_ref(tenant: str, event_id_digest: str) -> str:
    """Apart from what is stored under the id: a sender may try for as long as it likes."""
    return f"{tenant}#X#{event_id_digest}"


def event_index_ref(tenant: str, correlation: str) -> str:
    return f"{tenant}#M#{id_digest(correlation)}"


def due_shard(pk: str) -> str:
    """The shard of the index of what is due in which the timer of a partition lies."""
    return f"I#{spread(pk) % DUE_SHARDS:02d}"


def due_shards() -> list[str]:
    return [f"I#{shard:02d}" for shard in range(DUE_SHARDS)]
