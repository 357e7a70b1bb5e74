"""Mirror groups: mirrored and unmirrored folders of one cluster, what it does while a server is away, and how that is brought up to date."""

import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import time

import measures
from places import Place, Skep, nice_to_all, quiet

KIB = 1 << 10
AWAY = "storage-2"
GOOD_SECONDS_MAX = 120
WARMING_WRITES = 8  # of 1 GiB: until most of what a write runs through has been compiled, in each of the servers
RESYNC_MIB = 10 * 1024
CHANGES = 256
CHANGE_BYTES = 64 * KIB
META_AWAY = "meta-2"
META_PROCESSES = (1, 4, 16)
META_FILES = 2000  # of each step and number of processes
META_RESYNC_FILES = 100_000
META_CHANGES = 1000


class Pairs(Skep):
    """A cluster of `skep up --mirror`. Its root is mirrored; the folder `unmirrored` is striped over as many targets as there are groups twice."""

    def __init__(self, name, scratch, distribution):
        super().__init__(name, scratch, distribution, ("--mirror", "--processes", "--tcp"))
        self.folder_unmirrored = True

    def start(self):
        if self.started:
            return
        super().start()
        if not self.folder_unmirrored:
            return
        (self.folder / "unmirrored").mkdir()
        self.ctl("--setpattern", "--pattern=raid0", "--numtargets=4", self.folder / "unmirrored")

    def ctl(self, *words):
        return quiet(self.command, "ctl", *words, "--dir", self.data)

    def kill(self, daemon):
        os.kill(self.pids()[daemon], 9)

    def restart(self, daemon):
        """Until it serves."""
        said = self.data / "log" / f"{daemon}.again"
        with open(said, "wb") as log:
            command = [str(self.command), daemon.partition("-")[0], "--config", str(self.data / "conf" / f"{daemon}.toml")]
            # No child of this process: it is stopped with the cluster, which waits until it is gone.
            subprocess.run(["setsid", "-f", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
        deadline = time.monotonic() + GOOD_SECONDS_MAX
        while "\nready" not in "\n" + said.read_text():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{daemon} does not serve after {GOOD_SECONDS_MAX} s:\n{said.read_text()}")
            time.sleep(0.01)

    def await_states(self, wanted, kind="storage"):
        """Until all targets of the kind have one of these states: (reachability, consistency)."""
        deadline = time.monotonic() + GOOD_SECONDS_MAX
        while True:
            rows = [tuple(line.split()[1:3]) for line in self.ctl("--listtargets", f"--nodetype={kind}", "--state").splitlines()[2:]]
            if rows and all(row in wanted for row in rows):
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"not within {GOOD_SECONDS_MAX} s: all targets {wanted}, but {rows}")
            time.sleep(0.02)

    def await_good(self, kind="storage"):
        self.await_states([("Online", "Good")], kind)
        nice_to_all(self.pids().values())

    @contextlib.contextmanager
    def without(self, daemon):
        """While a server is away, killed."""
        self.kill(daemon)
        self.await_states([("Online", "Good"), ("Offline", "Good"), ("Offline", "Needs-resync")])
        try:
            yield
        finally:
            self.restart(daemon)
        self.await_good()


class Part(Place):
    """A folder of a cluster that others may have folders in as well, used while a server is away if one is named."""

    def __init__(self, name, cluster, folder, away=None):
        super().__init__(name, cluster.scratch)
        self.cluster, self.away = cluster, away
        self.folder = cluster.folder / folder

    def start(self):
        self.cluster.start()
        self.folder.mkdir(exist_ok=True)

    def stop(self):
        self.cluster.stop()

    def pids(self):
        return self.cluster.pids()

    def prepared(self):
        return self.cluster.without(self.away) if self.away else super().prepared()


def parts(scratch, distribution):
    """The candidates. A server that was just started is slow, so those that are killed are in a cluster of their own."""
    whole, torn = Pairs("whole", scratch / "whole", distribution), Pairs("torn", scratch / "torn", distribution)
    return [Part("mirrored", whole, "mirrored"), Part("unmirrored", whole, "unmirrored"), Part("one down", torn, "one-down", AWAY)]


def shards(scratch, distribution):
    """Clusters with one metadata shard each."""
    mirrored = Pairs("mirrored", scratch / "shard-pair", distribution)
    mirrored.folder_unmirrored = False
    alone = Skep("unmirrored", scratch / "shard", distribution, ("--processes", "--tcp", "--meta-targets", "1"))
    return [mirrored, alone]


STEPS = {
    "create": lambda path: measures.create(path, b""),
    "stat": os.stat,
    "rename": lambda path: os.rename(path, path + "-renamed"),
    "unlink": lambda path: os.unlink(path + "-renamed"),
    "mkdir": os.mkdir,
}


def names(place):
    """Operations on names in a second, by several processes, each in a folder of its own."""
    figures = {}
    for processes in META_PROCESSES:
        top = place.folder / f"names-{processes}"
        folders = [top / str(number) for number in range(processes)]
        for folder in folders:
            folder.mkdir(parents=True)
        paths = [[str(folder / f"file{number:06d}") for number in range(META_FILES // processes)] for folder in folders]
        for step, work in STEPS.items():
            if step == "stat":
                measures.drop_caches("2")
            figures[f"names_{step}_{processes}"] = sum(map(len, paths)) / measures.at_once(work, paths)
        shutil.rmtree(top)
    return figures


def shard_resync(cluster, number):
    """100,000 files, 1,000 changes while one member is away: what brings that up to date."""
    top = cluster.folder / "hundred-thousand"
    if not top.exists():
        for folder in range(META_RESYNC_FILES // 1000):
            (top / str(folder)).mkdir(parents=True)
            for file in range(1000):
                measures.create(top / str(folder) / str(file), b"")
    cluster.kill(META_AWAY)
    cluster.await_states([("Online", "Good"), ("Offline", "Good"), ("Offline", "Needs-resync")], "meta")
    for change in range(META_CHANGES):
        measures.create(top / str(change % 100) / f"changed-{number}-{change}", b"")
    cluster.restart(META_AWAY)
    serves = time.monotonic()
    cluster.await_good("meta")
    seconds = time.monotonic() - serves
    told = json.loads(cluster.ctl("--resyncstats", "--nodetype=meta", "--nodeid=2", "--output=json"))
    if told["state"] != "Completed successfully":
        raise RuntimeError(f"the resync: {told}")
    checked = measures.seconds_of(cluster.command, "fsck", "--dir", cluster.data)
    return {"shard_resync_seconds": seconds, "shard_resync_kib": told["bytesSent"] / KIB, "fsck_seconds": checked, "fsck_busy_seconds": fsck_in_use(cluster)}


def fsck_in_use(cluster):
    """The same check while a process changes names all the time; that there is nothing to be found stays true."""
    folder = cluster.folder / "busy"
    folder.mkdir(exist_ok=True)
    changing = measures.forked(lambda: change_names(folder))
    started = time.perf_counter()
    try:
        done = subprocess.run([str(cluster.command), "fsck", "--dir", str(cluster.data)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode not in (0, 2):  # 2: what changed all the time could not be compared
            raise RuntimeError(f"fsck: status {done.returncode}\n{done.stdout}")
        return time.perf_counter() - started
    finally:
        os.kill(changing, signal.SIGKILL)
        os.waitpid(changing, 0)


def change_names(folder):
    for number in itertools.count():
        sub, file = folder / f"folder-{os.getpid()}-{number}", folder / f"file-{os.getpid()}-{number}"
        sub.mkdir()
        measures.create(file, measures.FILE_BYTES)
        os.link(file, sub / "link")
        os.rename(file, sub / "renamed")
        if number >= 20:
            shutil.rmtree(folder / f"folder-{os.getpid()}-{number - 20}")


def mirror(place, warming):
    with place.prepared():
        for _ in range(WARMING_WRITES if warming else 0):
            measures.write(place)
        figures = measures.write(place)
        figures["whole"] = measures.write_at_once(place)
    return {key if key == "by_process" else f"mirror_{key}": value for key, value in figures.items()}


def resync(place, seed):
    """A file of 10 GiB on one group, of which 16 MiB change while one member is away: what brings that up to date."""
    cluster, file = place.cluster, place.folder / "ten-gib"
    if not file.exists():
        cluster.ctl("--createfile", "--pattern=buddymirror", "--targets=1", file)
        measures.dd("if=/dev/urandom", f"of={file}", "bs=1M", f"count={RESYNC_MIB}", "conv=notrunc,fsync")
    cluster.kill(AWAY)
    cluster.await_states([("Online", "Good"), ("Offline", "Good"), ("Offline", "Needs-resync")])
    chance = random.Random(seed)
    descriptor = os.open(file, os.O_WRONLY)
    for _ in range(CHANGES):
        os.pwrite(descriptor, chance.randbytes(CHANGE_BYTES), chance.randrange(RESYNC_MIB * 256 - 16) * 4 * KIB)
    os.fsync(descriptor)
    os.close(descriptor)
    cluster.restart(AWAY)
    serves = time.monotonic()
    cluster.await_good()
    seconds = time.monotonic() - serves
    told = json.loads(cluster.ctl("--resyncstats", "--nodetype=storage", "--mirrorgroupid=1", "--output=json"))
    if told["state"] != "Completed successfully":
        raise RuntimeError(f"the resync: {told}")
    return {"resync_seconds": seconds, "resync_mib": told["bytesSent"] / measures.MIB}
