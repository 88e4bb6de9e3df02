"""`make bench`: every figure as one line of JSON, and all of them in `.local/bench.json` for the cost model.

`python -m tests.bench process rubbish` runs only these parts.
"""

import sys

from tests.bench.files import keep
from tests.bench.parts import PARTS, run


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    for figure in run(*names):
        print(figure.line(), flush=True)
        keep([figure])


if __name__ == "__main__":
    main(sys.argv[1:])
