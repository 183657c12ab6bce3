"""The commands, by room: parse, call, print. Heavy imports stay inside a command, so that `--help` is instant."""
