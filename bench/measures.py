"""The measurements. Each takes a place and gives figures: the key of a row in ROWS to one value or a list of values."""

import contextlib
import json
import mmap
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sys
import time

import pairs
from places import ENDING_SIGNALS, Local, Skep, quiet

MIB = 1 << 20
GIB = 1 << 30
BIG_MIB = 1024
RANDOM_MIB = 256
RANDOM_IO_MIB = 32
TOUCH_BYTES = 5 * GIB
CTL_CALLS = 5
CTL_AIM_MILLIS = 250
FILE_BYTES = bytes(4096)

# key: (group, label, unit, whether more is better)
ROWS = {
    "write": ("write", "dd write, bs=1M count=1024", "MiB/s", True),
    "write_tcp": ("write", "  raw: TCP to file, a process each side", "MiB/s", True),
    "write_cpu": ("write", "  CPU of its processes", "s/GiB", False),
    "write_cpu_writer": ("write", "  CPU of dd", "s/GiB", False),
    "read_warm": ("read", "dd read, client cold, servers warm", "MiB/s", True),
    "read_cold": ("read", "dd read, all caches dropped", "MiB/s", True),
    "random_read": ("random", "4 KiB random read, depth 1, client cold", "/s", True),
    "random_write": ("random", "4 KiB random write, depth 1, fsync last", "/s", True),
    "create_1": ("files", "create, empty, 1 process", "/s", True),
    "create_4": ("files", "create, empty, 4 processes", "/s", True),
    "create4k_1": ("files", "create with 4 KiB, 1 process", "/s", True),
    "create4k_4": ("files", "create with 4 KiB, 4 processes", "/s", True),
    "create4k_loop": ("files", "create with 4 KiB, a program start for each", "/s", True),
    "stat_1": ("files", "stat, 1 process", "/s", True),
    "stat_4": ("files", "stat, 4 processes", "/s", True),
    "unlink_1": ("files", "unlink, 1 process", "/s", True),
    "unlink_4": ("files", "unlink, 4 processes", "/s", True),
    "unpack": ("tree", "unpack a source tree", "s", False),
    "remove": ("tree", "remove it", "s", False),
    "mirror_write": ("mirror", "dd write, bs=1M count=1024", "MiB/s", True),
    "mirror_whole": ("mirror", "dd write, bs=1G count=1", "MiB/s", True),
    "mirror_write_cpu": ("mirror", "  bs=1M: CPU of its processes", "s/GiB", False),
    "mirror_write_cpu_writer": ("mirror", "  bs=1M: CPU of dd", "s/GiB", False),
    **{f"names_{step}_{processes}": ("names", f"{step}, {processes} process{'es' if processes > 1 else ''}", "/s", True)
       for step in ("create", "stat", "rename", "unlink", "mkdir") for processes in (1, 4, 16)},
    "shard_resync_seconds": ("shard-resync", "100,000 files, 1,000 changes: server ready to Good", "s", False),
    "shard_resync_kib": ("shard-resync", "  sent by the resync", "KiB", False),
    "fsck_seconds": ("shard-resync", "  skep fsck of these", "s", False),
    "fsck_busy_seconds": ("shard-resync", "  while names are changed", "s", False),
    "resync_seconds": ("resync", "10 GiB, 16 MiB changed: server ready to Good", "s", False),
    "resync_mib": ("resync", "  sent by the resync", "MiB", False),
    "up_first": ("start", "skep up to usable mount, first time", "s", False),
    "up_again": ("start", "  again, with data", "s", False),
    "up_processes": ("start", "  first time, --processes --tcp", "s", False),
    "ctl": ("ctl", "skep ctl --listnodes --nodetype=storage", "ms", False),
}
GROUPS = list(dict.fromkeys(row[0] for row in ROWS.values()))
OF_PAIRS = ["mirror", "resync"]  # their candidates are folders of a mirrored cluster
OF_SHARDS = ["names", "shard-resync"]  # of these, clusters with one metadata shard
ON_DEMAND = ["resync", "shard-resync"]  # only if they are named


def forked(work):
    """The number of a process that does the work and ends. It never unwinds into what its parent would clean up."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING_SIGNALS)
    child = os.fork()
    if child == 0:
        try:
            for ending in ENDING_SIGNALS:
                signal.signal(ending, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)
            work()
            os._exit(0)
        except BaseException as e:  # pylint: disable=broad-except
            print(f"bench/run: {e!r}", file=sys.stderr, flush=True)
        finally:
            os._exit(1)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING_SIGNALS)
    return child


def wait_for(child):
    status = os.waitpid(child, 0)[1]
    if status != 0:
        raise RuntimeError(f"a process of the measurements failed with status {os.waitstatus_to_exitcode(status)}")


def touch_pages():
    """On a virtual machine that gives free memory back to its host, the first touch of a page is dear: paid here, in a process that ends."""
    pages = min(TOUCH_BYTES, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    wait_for(forked(lambda: mmap.mmap(-1, pages, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)))


def drop_caches(what="3"):
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text(what)


def dd(*arguments):
    """MiB/s as dd itself tells, which includes the close of its files."""
    output = quiet("dd", *arguments, env={**os.environ, "LC_ALL": "C"})
    amount, seconds = re.search(r"(\d+) bytes.*copied, ([\d.e-]+) s", output).groups()
    return int(amount) / MIB / float(seconds)


def write(place):
    file = place.folder / "written"
    file.unlink(missing_ok=True)
    os.sync()
    touch_pages()
    before, writer_before = place.cpu(), resource.getrusage(resource.RUSAGE_CHILDREN)
    speed = dd("if=/dev/zero", f"of={file}", "bs=1M", f"count={BIG_MIB}")
    writer_after, after = resource.getrusage(resource.RUSAGE_CHILDREN), place.cpu()
    if file.stat().st_size != BIG_MIB * MIB:
        raise RuntimeError(f"{file} has not all that was written")
    file.unlink()
    gib = BIG_MIB * MIB / GIB
    used = {name: (after[name] - before.get(name, 0)) / gib for name in after}
    writer = (writer_after.ru_utime + writer_after.ru_stime - writer_before.ru_utime - writer_before.ru_stime) / gib
    figures = {"write": speed, "write_cpu_writer": writer, "by_process": used}
    if used:
        figures["write_cpu"] = sum(used.values())
    return figures


def write_at_once(place):
    file = place.folder / "written-at-once"
    os.sync()
    touch_pages()
    speed = dd("if=/dev/zero", f"of={file}", f"bs={BIG_MIB}M", "count=1")
    file.unlink()
    return speed


def raw_write(scratch):
    """A copy from page cache to page cache, and one that comes over TCP: what nothing with the same path can beat."""
    source, copy = scratch / "source", scratch / "copy"
    if not source.exists():
        dd("if=/dev/zero", f"of={source}", "bs=1M", f"count={BIG_MIB}")
    os.sync()
    touch_pages()
    dd(f"if={source}", "of=/dev/null", "bs=1M")
    figures = {"write": dd(f"if={source}", f"of={copy}", "bs=1M")}
    copy.unlink()
    touch_pages()
    figures["write_tcp"] = tcp_to_file(copy)
    copy.unlink()
    return figures


def tcp_to_file(file):
    with socket.create_server(("127.0.0.1", 0)) as server:
        sender = forked(lambda: send_blocks(server.getsockname()))
        connection, _ = server.accept()
    block = bytearray(MIB)
    started = time.perf_counter()
    with connection, open(file, "wb", buffering=0) as output:
        for _ in range(BIG_MIB):
            if connection.recv_into(block, MIB, socket.MSG_WAITALL) != MIB:
                raise RuntimeError("the connection ended early")
            output.write(block)
    seconds = time.perf_counter() - started
    wait_for(sender)
    return BIG_MIB / seconds


def send_blocks(address):
    with socket.create_connection(address) as connection:
        block = memoryview(bytearray(MIB))
        for _ in range(BIG_MIB):
            connection.sendall(block)


def settled(file, mebibytes):
    """The file, written once and on disk."""
    if not file.exists():
        dd("if=/dev/urandom", f"of={file}", "bs=1M", f"count={mebibytes}", "conv=fsync")
    return file


def read(place):
    file = settled(place.folder / "to-read", BIG_MIB)
    figures = {}
    dd(f"if={file}", "of=/dev/null", "bs=1M")  # servers are warm
    if place.served:
        forget_pages(file)
    touch_pages()
    figures["read_warm"] = dd(f"if={file}", "of=/dev/null", "bs=1M")
    drop_caches()
    touch_pages()
    figures["read_cold"] = dd(f"if={file}", "of=/dev/null", "bs=1M")
    return figures


def forget_pages(file):
    """Drops what this host's kernel keeps of the file at the mount, and nothing of what the servers keep."""
    descriptor = os.open(file, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def random(place):
    file = settled(place.folder / "random", RANDOM_MIB)
    dd(f"if={file}", "of=/dev/null", "bs=1M")
    invalidate = int(place.served)
    return {
        "random_read": fio(file, "randread", f"--invalidate={invalidate}"),
        "random_write": fio(file, "randwrite", f"--invalidate={invalidate}", "--end_fsync=1"),
    }


def fio(file, kind, *more):
    output = quiet("fio", "--name=bench", f"--filename={file}", f"--rw={kind}", "--bs=4k", "--iodepth=1", "--ioengine=psync", f"--size={RANDOM_MIB}M",
                   f"--io_size={RANDOM_IO_MIB}M", "--runtime=20", "--output-format=json", *more)
    job = json.loads(output[output.index("{"):])["jobs"][0]
    return job["read" if kind == "randread" else "write"]["iops"]


def create(path, content):
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
    if content:
        os.write(descriptor, content)
    os.close(descriptor)


FILE_STEPS = {
    "create": lambda path: create(path, b""),
    "create4k": lambda path: create(path, FILE_BYTES),
    "stat": os.stat,
    "unlink": os.unlink,
}


def files(place, count):
    figures = {}
    for processes in (1, 4):
        top = place.folder / f"files-{processes}"
        folders = [top / str(number) for number in range(processes)]
        for folder in folders:
            folder.mkdir(parents=True)
        paths = [[str(folder / f"file{number:06d}") for number in range(count // processes)] for folder in folders]
        for step in ("create", "unlink-empty", "create4k", "stat", "unlink"):
            if step == "stat":
                drop_caches("2")
            seconds = at_once(FILE_STEPS[step.partition("-")[0]], paths)
            if step != "unlink-empty":
                figures[f"{step}_{processes}"] = sum(map(len, paths)) / seconds
        shutil.rmtree(top)
    figures["create4k_loop"] = shell_loop(place, count // 5)
    return figures


def shell_loop(place, count):
    """As scripts make files; the start of a program takes most of the time, and the same everywhere."""
    folder = place.folder / "files-loop"
    folder.mkdir()
    seconds = seconds_of("sh", "-c", f"for i in $(seq {count}); do head -c 4096 /dev/zero > $i; done", cwd=folder)
    shutil.rmtree(folder)
    return count / seconds


def at_once(step, paths):
    """Seconds from the moment that all processes are let go until the last one is done with its paths."""
    gate_read, gate_write = os.pipe()
    children = []
    try:
        for own in paths:
            children.append(forked(lambda own=own: work_at_gate(step, own, gate_read, gate_write)))
        time.sleep(0.05)  # all have reached the gate
        started = time.perf_counter()
        os.close(gate_write)
        gate_write = -1
        while children:
            wait_for(children[0])
            children.pop(0)
        seconds = time.perf_counter() - started
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        os.close(gate_read)
        if gate_write >= 0:
            os.close(gate_write)
    return seconds


def work_at_gate(step, paths, gate_read, gate_write):
    os.close(gate_write)
    os.read(gate_read, 1)  # ends when the parent closes the gate
    for path in paths:
        step(path)


def tree(place, archive, verify):
    folder = place.folder / "tree"
    folder.mkdir()
    os.sync()
    touch_pages()
    figures = {"unpack": seconds_of("tar", "-xf", archive, "-C", folder)}
    if verify:
        quiet("tar", "-df", archive, "-C", folder)
    figures["remove"] = seconds_of("rm", "-rf", folder)
    return figures


def raw_tree(scratch, archive):
    """The same tree copied from page cache to page cache by cp."""
    source, copy = scratch / "tree-source", scratch / "tree-copy"
    if not source.exists():
        source.mkdir()
        quiet("tar", "-xf", archive, "-C", source)
    quiet("tar", "-cf", "/dev/null", "-C", source, ".")
    os.sync()
    touch_pages()
    figures = {"unpack": seconds_of("cp", "-a", source, copy)}
    shutil.rmtree(copy)
    return figures


def seconds_of(*command, **options):
    started = time.perf_counter()
    quiet(*command, **options)
    return time.perf_counter() - started


def start(distribution, scratch, keep):
    """`skep up` on fresh directories until a file can be made on the mount. `keep` takes what is to be stopped if this is interrupted."""
    figures = {}
    for key, arguments in (("up", ()), ("up_processes", ("--processes", "--tcp"))):
        place = keep(Skep("start", scratch / key, distribution, arguments))
        figures[f"{key}_first" if key == "up" else key] = until_usable(place)
        if key == "up":
            figures["up_again"] = until_usable(place)
        shutil.rmtree(place.scratch)
    return figures


def until_usable(place):
    started = time.perf_counter()
    place.start()
    with open(place.folder / "first", "w", encoding="ascii") as file:
        file.write("usable\n")
    seconds = time.perf_counter() - started
    place.stop()
    return seconds


def ctl(place):
    command = [place.command, "ctl", "--listnodes", "--nodetype=storage", "--dir", place.data]
    return {"ctl": [seconds_of(*command) * 1000 for _ in range(CTL_CALLS)]}


def raw_ctl():
    """A JVM that only tells its version: what any command in Java takes."""
    java = os.path.join(os.environ.get("JAVA_HOME", "/usr"), "bin", "java")
    command = [java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--version"]
    return {"ctl": [seconds_of(*command) * 1000 for _ in range(CTL_CALLS)]}


def measure(group, place, settings):
    """The figures of one group at one place, or None if it has none."""
    match group:
        case "write":
            return write(place)
        case "read":
            return read(place)
        case "random":
            return random(place)
        case "files":
            return files(place, settings.files)
        case "tree":
            return tree(place, settings.archive, settings.round == 0 and not isinstance(place, Local))
        case "ctl" if isinstance(place, Skep):
            return ctl(place)
        case "mirror":
            return pairs.mirror(place, settings.round == 0)
        case "names":
            return pairs.names(place)
        case "shard-resync" if place.name == "mirrored":
            return pairs.shard_resync(place, settings.round)
        case "resync" if place.name == "one down":
            return pairs.resync(place, settings.round)
    return None


def measure_raw(group, settings):
    match group:
        case "write":
            return raw_write(settings.raw)
        case "tree":
            return raw_tree(settings.raw, settings.archive)
        case "ctl":
            return raw_ctl()
    return None
