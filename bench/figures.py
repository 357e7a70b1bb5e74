"""bench/run: medians of several rounds, all candidates in turn in each round. See --help."""

import argparse
import contextlib
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

import measures
import pairs
from places import Local, Passthrough, Skep, ignore_signals, interrupt_on_signals, nice_to_all, remove

RAW = "raw"
REFERENCE = "passthrough_ll"
UNMIRRORED = "unmirrored"


def options():
    parser = argparse.ArgumentParser(
        prog="bench/run", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Measures Skep (skep up --processes --tcp) beside local ext4, libfuse's passthrough_ll and raw copies.",
        epilog=f"names for --only: {', '.join(measures.GROUPS)}; {', '.join(measures.ON_DEMAND)} only if named (40 GiB)\n\n"
               "Each round measures all candidates in turn, and begins with another one. A round that does not count comes first: it warms the JVMs\n"
               "and compares the unpacked tree with its archive. Other load on the machine changes all columns: compare within one run only.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (default: 5)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only this group of measurements; may be repeated, or separated by commas")
    parser.add_argument("--dir", type=pathlib.Path, default=pathlib.Path("/var/tmp"), help="a fresh folder below this one is used, and removed (default: /var/tmp); 12 GiB")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="all values, for programs")
    parser.add_argument("--tree", type=pathlib.Path, help="folder, zip or tar to unpack (default: the JDK's src.zip, or else this checkout)")
    parser.add_argument("--files", type=int, default=5000, help="files to create, stat and unlink (default: 5000)")
    parser.add_argument("--beside", type=pathlib.Path, action="append", default=[], metavar="DIST", help="another distribution of Skep to measure in the same run; may be repeated")
    parser.add_argument("--skep", type=pathlib.Path, default="dist", help=argparse.SUPPRESS)
    parser.add_argument("--passthrough", default="", help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.groups = [name for names in given.only for name in names.split(",")] or [name for name in measures.GROUPS if name not in measures.ON_DEMAND]
    for name in given.groups:
        if name not in measures.GROUPS:
            parser.error(f"--only {name}: one of {', '.join(measures.GROUPS)}")
    if given.rounds < 1 or given.files < 4:
        parser.error("--rounds must be 1 or more, --files 4 or more")
    for distribution in given.beside:
        if not (distribution / "bin" / "skep").exists():
            parser.error(f"--beside {distribution}: no bin/skep there")
    given.beside = [distribution.resolve() for distribution in given.beside]
    return given


class Progress:
    """A line that is written over on a terminal, else a line for each round and group."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()
        self.last = ""

    def say(self, phase, candidate):
        if self.terminal:
            print(f"\r\033[K{phase}: {candidate}", end="", file=sys.stderr, flush=True)
        elif phase != self.last:
            print(phase, file=sys.stderr, flush=True)
        self.last = phase

    def end(self):
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def archive_of(tree, scratch):
    """A tar of the tree, so that all candidates unpack the same with a program that is no bottleneck."""
    if tree is None:
        source = pathlib.Path(os.environ.get("JAVA_HOME", "")) / "lib" / "src.zip"
        tree = source if source.exists() else pathlib.Path(__file__).resolve().parent.parent
    if tree.is_file() and tarfile.is_tarfile(tree):
        return tree.resolve(), str(tree)
    folder = scratch / "unpacked"
    if tree.is_dir():
        folder = tree
    else:
        zipfile.ZipFile(tree).extractall(folder)
    archive = scratch / "tree.tar"
    with tarfile.open(archive, "w") as output:
        output.add(folder, ".", filter=None if folder != pathlib.Path(__file__).resolve().parent.parent else sources_only)
    if folder != tree:
        shutil.rmtree(folder)
    return archive, str(tree)


def sources_only(member):
    parts = pathlib.PurePath(member.name).parts
    return None if parts[:1] in ((".git",), ("dist",)) or "target" in parts else member


class Values:
    """What was measured: row, then candidate, then all values of the rounds that count."""

    def __init__(self):
        self.rows = {}
        self.by_process = {}
        self.loads = []
        self.rounds = 0

    def add(self, candidate, figures):
        for process, used in figures.pop("by_process", {}).items():
            self.by_process.setdefault(candidate, {}).setdefault(process, []).append(used)
        for row, value in figures.items():
            self.rows.setdefault(row, {}).setdefault(candidate, []).extend(value if isinstance(value, list) else [value])

    def ratio(self, row, candidate, reference=REFERENCE):
        """Of medians; None if one was not measured."""
        both = [self.rows.get(row, {}).get(name) for name in (candidate, reference)]
        if not all(both):
            return None
        upper, lower = map(statistics.median, both)
        return upper / lower if lower else None


def run_rounds(given, settings, places, stack, values, progress):
    for number in range(given.rounds + 1):
        settings.round = number
        name = f"round {number} of {given.rounds}" if number else "warm-up"
        if number:
            values.loads.append(os.getloadavg()[0])
        for group in given.groups:
            order = settings.special.get(group, places)
            order = order[number % len(order):] + order[:number % len(order)]
            found = []
            if group == "start":
                progress.say(f"{name}, {group}", "skep")
                found.append(("skep", measures.start(given.skep.resolve(), settings.scratch / "start", lambda place: kept(stack, place))))
                order = []
            for place in order:
                progress.say(f"{name}, {group}", place.name)
                found.append((place.name, measures.measure(group, place, settings)))
            progress.say(f"{name}, {group}", RAW)
            found.append((RAW, measures.measure_raw(group, settings)))
            for candidate, figures in found:
                if number and figures:
                    values.add(candidate, figures)
        values.rounds = number  # that are complete; a broken one leaves what it has


def kept(stack, place):
    stack.callback(place.stop)
    return place


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cell(found):
    if not found:
        return "-"
    return f"{number(statistics.median(found))} ({number(min(found))}-{number(max(found))})"


def table(values, candidates, of_pairs=False):
    compared = [name for name in candidates if name.startswith("skep") or of_pairs and name not in (REFERENCE, UNMIRRORED)]
    ratios = [(name, reference) for reference in ([UNMIRRORED] if of_pairs else []) + [REFERENCE] if reference in candidates for name in compared]
    short = {REFERENCE: "pt", UNMIRRORED: "unm"}
    lines = [["", "unit", *candidates, *(f"{name}/{short[reference]}" for name, reference in ratios)]]
    for row, (group, label, unit, _) in measures.ROWS.items():
        if row in values.rows and (group in measures.OF_PAIRS + measures.OF_SHARDS) == of_pairs:
            by_candidate = values.rows[row]
            parts = [values.ratio(row, *both) for both in ratios]
            lines.append([label, unit, *(cell(by_candidate.get(name)) for name in candidates), *("-" if part is None else f"{part:.2f}" for part in parts)])
    if len(lines) == 1:
        return
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(text.ljust(width) if column == 0 else text.rjust(width) for column, (text, width) in enumerate(zip(line, widths))).rstrip())


def aims(values):
    """Each with what was reached."""
    def verdict(reached, met, aim):
        print(f"  {'met   ' if met else 'MISSED'} {aim}: {reached}")

    print("\naims:")
    sequential, created = values.ratio("write", "skep"), values.ratio("create4k_1", "skep")
    if sequential is not None:
        verdict(f"{sequential:.2f}", sequential >= 0.9, "sequential write at least 0.9 of passthrough_ll")
    if created is not None:
        verdict(f"{created:.2f}", created > 1, "more file creations (4 KiB each) than passthrough_ll, 1 process")
    for row, what in (("mirror_write", "bs=1M"), ("mirror_whole", "bs=1G")):
        for reference, least in ((UNMIRRORED, 0.6), (REFERENCE, 0.75)):
            reached = values.ratio(row, "mirrored", reference)
            if reached is not None:
                verdict(f"{reached:.2f}", reached >= least, f"mirrored write, {what}, at least {least} of {reference}")
    for row in (row for row in values.rows if row.startswith("names_")):
        reached = values.ratio(row, "mirrored", UNMIRRORED)
        if reached is not None:
            verdict(f"{reached:.2f}", reached >= 0.6, f"mirrored {measures.ROWS[row][1]}, at least 0.6 of unmirrored")
    for row, aim, most in (("shard_resync_seconds", "resync of 1,000 changes to 100,000 files under 3 s", 3),):
        found = values.rows.get(row, {}).get("mirrored")
        if found:
            verdict(number(statistics.median(found)), statistics.median(found) < most, aim)
    for row, aim, most in (("resync_seconds", "resync of 16 MiB changed of 10 GiB under 5 s", 5), ("resync_mib", "  sends under 32 MiB", 32)):
        found = values.rows.get(row, {}).get("one down")
        if found:
            verdict(number(statistics.median(found)), statistics.median(found) < most, aim)
    for row, aim, most in (("ctl", f"skep ctl under {measures.CTL_AIM_MILLIS} ms", measures.CTL_AIM_MILLIS), ("up_first", "skep up to usable mount under 3 s", 3)):
        found = values.rows.get(row, {}).get("skep")
        if found:
            verdict(number(statistics.median(found)), statistics.median(found) < most, aim)


def file_system(folder):
    return subprocess.run(["findmnt", "-no", "FSTYPE,SOURCE", "-T", str(folder)], stdout=subprocess.PIPE, text=True, check=False).stdout.split() or ["?", "?"]


def report(given, values, candidates, of_pairs, about):
    print(f"Medians (min-max) of {values.rounds} rounds; MiB = 2^20 bytes; pt = passthrough_ll; raw = copies without a file system server, and a bare JVM")
    for key, value in about.items():
        print(f"{key}: {value}")
    print()
    table(values, candidates)
    table(values, of_pairs, of_pairs=True)
    for candidate, processes in values.by_process.items():
        if candidate != REFERENCE and processes:
            print(f"\n{candidate}, CPU s/GiB written by process: " + ", ".join(f"{name} {statistics.median(used):.2f}" for name, used in sorted(processes.items())))
    aims(values)
    if given.json:
        text = json.dumps({"about": about, "rounds": values.rounds, "rows": {row: {"label": measures.ROWS[row][1].strip(), "unit": measures.ROWS[row][2], "values": found}
                           for row, found in values.rows.items()}, "cpuByProcess": values.by_process, "loads": values.loads}, indent=1)
        given.json.write_text(text + "\n", encoding="utf-8")


def candidates_of(given, scratch):
    places = [Skep("skep", scratch / "skep", given.skep.resolve())]
    places += [Skep(f"skep{number}", scratch / f"skep{number}", distribution) for number, distribution in enumerate(given.beside, 2)]
    if given.passthrough:
        places.append(Passthrough(REFERENCE, scratch / "passthrough", given.passthrough))
    local = Local(file_system(scratch)[0], scratch / "local")
    return [*places, local]


def needed(groups, places, special):
    """The places that these groups are measured at."""
    found = []
    for group in groups:
        found += [place for place in special.get(group, [] if group == "start" else places) if place not in found]
    return found


def main():
    given = options()
    interrupt_on_signals()
    nice_to_all(["self"])
    given.dir.mkdir(parents=True, exist_ok=True)
    free, wanted = shutil.disk_usage(given.dir).free / measures.GIB, 40 if set(given.groups) & set(measures.ON_DEMAND) else 12
    if free < wanted:
        sys.exit(f"bench/run: {given.dir} has {free:.1f} GiB free, and {wanted} are needed: choose another --dir")
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="skep-bench.", dir=given.dir)).resolve()
    progress, values = Progress(), Values()
    began, load = time.monotonic(), os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        stack.callback(remove, scratch)
        places = candidates_of(given, scratch)
        candidates = [place.name for place in places] + [RAW]
        of_pairs = pairs.parts(scratch / "pairs", given.skep.resolve()) + [place for place in places if place.name == REFERENCE]
        of_shards = pairs.shards(scratch, given.skep.resolve())
        special = {group: of_pairs for group in measures.OF_PAIRS} | {group: of_shards for group in measures.OF_SHARDS}
        settings = argparse.Namespace(scratch=scratch, raw=scratch / "raw", files=given.files, archive=None, round=0, special=special)
        settings.raw.mkdir()
        tree, transport, interrupted = "-", "-", False
        try:
            if "tree" in given.groups:
                progress.say("preparing the tree", "")
                settings.archive, tree = archive_of(given.tree, scratch)
            used = needed(given.groups, places, special)
            for place in used:
                progress.say("starting", place.name)
                kept(stack, place).start()
            transport = next((place.transport() for place in used if isinstance(place, Skep)), transport)
            run_rounds(given, settings, places, stack, values, progress)
        except KeyboardInterrupt:
            progress.end()
            print("bench/run: interrupted, cleaning up", file=sys.stderr, flush=True)
            ignore_signals()
            interrupted = True
        progress.end()
        about = {
            "host": f"{os.cpu_count()} CPUs, Linux {platform.release()}, {' on '.join(file_system(scratch))}",
            "skep": f"one process for each daemon, 2 metadata and 4 storage targets; they talk over {transport}",
            "tree": tree,
            "load average": f"{load:.1f} before, {min(values.loads, default=load):.1f} to {max(values.loads, default=load):.1f} at the rounds' starts; {time.monotonic() - began:.0f} s in all",
        }
        ignore_signals()
    if values.rounds:
        report(given, values, candidates, [place.name for place in of_pairs], about)
    sys.exit(130 if interrupted else 0)


if __name__ == "__main__":
    main()
