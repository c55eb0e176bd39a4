"""A worker that takes jobs, one a line, on its standard input, and says what came of them.

    pmc send worker "sum 1 2 3"

Words that are no numbers make a job fail; that is told on stderr, and the worker goes on.
"""

import signal
import sys


def stop(signum, frame):
    print("no more jobs", flush=True)
    sys.exit(0)


def work(job):
    word, *numbers = job.split()
    if word != "sum":
        raise ValueError(f"cannot {word}")
    return sum(int(number) for number in numbers)


def main():
    signal.signal(signal.SIGINT, stop)
    print("ready for jobs", flush=True)
    for line in iter(sys.stdin.readline, ""):
        job = line.strip()
        if not job:
            continue
        try:
            print(f"{job} = {work(job)}", flush=True)
        except ValueError as why:
            print(f"{job}: {why}", file=sys.stderr, flush=True)


main()
