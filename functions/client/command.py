"""What every command of `caliper` has in common: exit codes, and how it is added to the program."""

from argparse import ArgumentParser, _SubParsersAction

DONE, FAILED, REFUSED = 0, 1, 2  # 1: an item was not accepted; 2: the command could not do its work
INTERRUPTED = 130  # 128 and the number of SIGINT

type Commands = _SubParsersAction[ArgumentParser]
