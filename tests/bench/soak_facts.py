"""What the soak reads about keeper and engine: memory, descriptors, zombies, slots; and whether memory is flat."""

import os
import re
import statistics
import time

from pmctest import alive, children_of, read_file, start_time, stat_fields

JUMP_KIB = 2048         # between two samples: said, no mistake
GROWTH_KIB = 512        # what is still flat, and a tenth
KEEPER_GROWTH_KIB = 128


def folder_bytes(path):
    """Bytes on disk (or in memory) of a folder's files."""
    total = 0
    for name in os.listdir(path) if os.path.isdir(path) else ():
        try:
            total += os.stat(os.path.join(path, name)).st_blocks * 512
        except OSError:
            continue
    return total


def descriptors(pid):
    """What they are, without numbers."""
    names, folder = [], f"/proc/{pid}/fd"
    for number in os.listdir(folder) if os.path.isdir(folder) else ():
        try:
            names.append(re.sub(r"[0-9]+|:.*", "", os.readlink(f"{folder}/{number}")))
        except OSError:
            continue                        # closed meanwhile
    return sorted(names)


def memory_kib(pid, field):
    for line in read_file(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0


def slots_used(table_path):
    """(slots in use, one above the highest that was), by the layout of keeper_table.h."""
    table = read_file(table_path, "rb")

    def word(offset):
        return int.from_bytes(table[offset:offset + 4], "little")
    slot_bytes, count, first = word(16), word(4096 + 16), 2 * 4096
    return sum(word(first + i * slot_bytes) != 0 for i in range(count)), count


class Memory:
    """Samples of both programs' memory, as long as the soak lasts. `wrong` is told what is not flat."""

    def __init__(self, wrong):
        self.wrong, self.samples = wrong, []    # (time, engine, age_s, engine PSS, keeper PSS)
        self.engine, self.since = 0, time.monotonic()

    def age(self, engine):
        """Seconds for which this engine is known."""
        if engine != self.engine:
            self.engine, self.since = engine, time.monotonic()
        return time.monotonic() - self.since

    def sample(self, engine, keeper, recent):
        age, pss = self.age(engine), memory_kib(engine, "Pss")
        if not pss or not alive(engine):
            return
        last = self.samples[-1] if self.samples else None
        if last and last[1] == engine and pss > last[3] + JUMP_KIB:
            print(f"engine grew from {last[3]} to {pss} KiB with: {', '.join(recent)}", flush=True)
        self.samples.append((time.monotonic(), engine, age, pss, memory_kib(keeper, "Pss")))

    def judge(self, calm_from):
        """Engines of similar age in the first and last third of the storm, and the one engine of the calm."""
        storm = [sample for sample in self.samples if sample[0] < calm_from and sample[2] >= 1]
        third = len(storm) // 3
        self.compare("engine, storm", [s[3] for s in storm[:third]], [s[3] for s in storm[-third:]], GROWTH_KIB)
        self.compare("keeper, storm", [s[4] for s in storm[:third]], [s[4] for s in storm[-third:]], KEEPER_GROWTH_KIB)
        calm = [sample for sample in self.samples if sample[0] >= calm_from][2:]
        if len({sample[1] for sample in calm}) > 1:
            self.wrong(f"the engine was replaced in the calm: {({sample[1] for sample in calm})}")
        third = len(calm) // 3
        self.compare("engine, calm", [s[3] for s in calm[:third]], [s[3] for s in calm[-third:]], GROWTH_KIB)

    def compare(self, what, before, after, growth):
        if len(before) < 3:
            print(f"memory, {what}: too few samples to say anything", flush=True)
            return
        first, last = statistics.median(before), statistics.median(after)
        print(f"memory, {what}: median PSS {first:g} KiB, then {last:g} KiB ({len(before)} samples each)", flush=True)
        if last > first * 1.1 + growth:
            self.wrong(f"memory of {what} grows: {first:g} KiB, then {last:g} KiB")


class Zombies:
    """Children that are zombies at three looks, seconds apart, stay so."""

    def __init__(self, wrong):
        self.wrong, self.looks = wrong, {}

    def look(self, *parents):
        now = [child for parent in parents for child in children_of(parent) if (stat_fields(child) or "?")[0] == "Z"]
        self.looks = {key: self.looks.get(key, 0) + 1 for key in [(pid, start_time(pid)) for pid in now]}
        for (pid, _), looks in self.looks.items():
            if looks == 3:
                self.wrong(f"zombie {pid} stays")
