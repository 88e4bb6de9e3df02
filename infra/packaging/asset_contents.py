"""What goes into each asset of the Lambdas, and what of the wheels is left out."""

from dataclasses import dataclass
from pathlib import Path

LOCKS = Path(__file__).resolve().parents[2]
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"  # Lambda's system has glibc 2.34 (Amazon Linux 2023)
# What the Lambdas call; botocore knows 400 more services, of 25 MB.
SERVICES = ("dynamodb", "events", "lambda", "logs", "s3", "sqs")
SERVICE_DATA = "botocore/data"  # a folder a service; the files beside them are for all services
UNUSED = (
    "*.dist-info",  # pydantic looks through every one for plugins at import: a cold start is shorter without
    "bin",
    "**/*.pyi",
    "zstandard/_cffi*.so",  # 11 MB that only PyPy loads
    "boto3/data",  # of `boto3.resource`; every call here is a client's
    "boto3/examples",
    f"{SERVICE_DATA}/*/*/examples-*.json",
    f"{SERVICE_DATA}/*/*/completions-*.json",
)
AT_TERMINALS = ("operate", "client")  # folders of `functions` that people run and no Lambda


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What goes into an asset: the locked wheels without what is not used, and folders of `functions`.

    `services` of AWS are those that botocore knows there. `kept` are metadata folders of packages that read their own.
    """

    name: str
    lock: Path
    services: tuple[str, ...]
    platform: str = LAMBDA_PLATFORM
    rooms: tuple[str, ...] = ()  # folders of `functions`; all if empty
    left_out: tuple[str, ...] = ()
    unused: tuple[str, ...] = UNUSED
    kept: tuple[str, ...] = ()

    def ships(self, path: Path) -> bool:
        """Whether a file of ours (its path below `functions`) goes into the asset."""
        room = path.parts[0]
        if "__pycache__" in path.parts or room in self.left_out:
            return False
        return not self.rooms or len(path.parts) == 1 or room in self.rooms


SHARED = Contents(
    name="functions",
    lock=LOCKS / "requirements.txt",
    services=SERVICES,
    left_out=(*AT_TERMINALS, "lake", "privacy"),
)
LAKE = Contents(
    name="lake",
    lock=LOCKS / "requirements-lake.txt",
    services=("dynamodb", "events", "glue", "s3", "sqs"),
    platform="aarch64-manylinux_2_28",  # of DuckDB's wheel; Lambda's system has glibc 2.34
    rooms=("core", "store", "storing", "lake", "privacy"),  # an erasure reaches into the tables
    unused=(*UNUSED, "hive_metastore", "pyiceberg/vendor", "fb303", "pygments", "jwt", "cryptography"),
    kept=("duckdb-*.dist-info",),  # it reads its own version there
)
