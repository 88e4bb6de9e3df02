"""Trains the dictionary with which `functions.core.packing` compresses. Run by hand when the shapes of events change.

`python -m tests.bench.training | python -m functions.operate.train_dictionary functions/core/caliper-<n>.zdict`. A new
dictionary gets a new name and the old file stays: stored frames name the one they were written with.
"""

import sys
from pathlib import Path

import zstandard

DICTIONARY_BYTES = 32_768


def train(samples: list[bytes]) -> bytes:
    """A dictionary for bytes like `samples` (thousands of short ones)."""
    return zstandard.train_dictionary(DICTIONARY_BYTES, [*samples], k=1024, d=8).as_bytes()


def main(target: str) -> None:
    """Train on the lines of standard input, one sample a line, and write `target`."""
    samples = [line.rstrip(b"\n") for line in sys.stdin.buffer]
    Path(target).write_bytes(train(samples))
    print(f"{target}: trained on {len(samples)} samples", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
