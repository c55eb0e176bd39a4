"""Are all lines of a counter in a log: each once, whole, in order? Reads line by line: logs of a soak are large."""

import json


class LineError(AssertionError):
    pass


def text_of(line, form):
    """What the app wrote."""
    if form == "json":
        return json.loads(line)["message"].encode().rstrip(b"\n")
    if form == "stamped":
        stamp, _, text = line.partition(b": ")
        if len(stamp) != 19:
            raise LineError(f"time stamp of {line[:100]!r}")
        return text
    return line


def check_lines(path, name, total, parity, form):
    """All numbers up to `total`, or the odd (1) or even (0) ones; lines of others in the same file are left out."""
    step = 1 if parity is None else 2
    expected, prefix, where = (1 if parity in (None, 1) else 2), name.encode() + b" ", 0
    with open(path, "rb") as file:
        for line in file:
            where += 1
            text = text_of(line[:-1], form)
            if not text.startswith(prefix):
                if b" 0000" not in text[:20]:
                    raise LineError(f"{path}:{where}: a line of nobody: {line[:200]!r}")
                continue
            words = text.split(b" ")
            number = int(words[1]) if len(words) == 3 and words[1].isdigit() else -1
            if number < 0 or words[2].strip(b"x") or line[-1:] != b"\n":
                raise LineError(f"{path}:{where}: not whole: {line[:200]!r}")
            if parity is not None and number % 2 != parity:
                continue
            if number != expected:
                raise LineError(f"{path}:{where}: {number} where {expected} was expected, of {total}")
            expected += step
    last = expected - step
    if last < total - step + 1:
        raise LineError(f"{path}: ends with {last} of {total}")
    if last > total:
        raise LineError(f"{path}: ends with {last}, more than the {total} written")
