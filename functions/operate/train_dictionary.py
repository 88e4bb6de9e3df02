"""Trains the dictionary with which `functions.core.packing` compresses, when the shapes of events change.

`python -m tests.bench.training | python -m functions.operate train-dictionary functions/core/caliper-<n>.zdict`. A new
dictionary gets a new name and the old file stays: stored frames name the one they were written with.
"""

import argparse
import sys
from pathlib import Path

import zstandard

from functions.operate.arguments import Subcommands, add_command, text_given
from functions.operate.errors import OperateError
from functions.operate.operator import Operator
from functions.operate.outcome import Outcome

DICTIONARY_BYTES = 32_768


def add_train_command(commands: Subcommands) -> None:
    """Add `train-dictionary`."""
    parser = add_command(
        commands,
        "train-dictionary",
        train_from_standard_input,
        "train a compression dictionary on standard input, one sample a line (developers only)",
    )
    parser.add_argument("file", metavar="FILE", type=text_given, help="a new file, for the dictionary")


def train_from_standard_input(_operator: Operator, options: argparse.Namespace) -> Outcome:
    samples = [line.rstrip(b"\n") for line in sys.stdin.buffer]
    try:
        trained = train(samples)
    except zstandard.ZstdError as error:
        raise OperateError(f"{len(samples)} samples do not make a dictionary: give some thousand lines.") from error
    with Path(options.file).open("xb") as file:
        file.write(trained)
    return Outcome(data={"file": options.file, "samples": len(samples)}, text=f"{options.file}: {len(samples)} samples")


def train(samples: list[bytes]) -> bytes:
    """A dictionary for bytes like `samples` (thousands of short ones)."""
    return zstandard.train_dictionary(DICTIONARY_BYTES, [*samples], k=1024, d=8).as_bytes()
