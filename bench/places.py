"""What is measured: a folder each to read and write, and the processes that serve it."""

import contextlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import time

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
START_SECONDS_MAX = 120
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def quiet(*command, **options):
    """Runs a command to its end; its output is shown only if it fails."""
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {done.returncode}\n{done.stdout}")
    return done.stdout


def await_mount(folder, process=None):
    deadline = time.monotonic() + START_SECONDS_MAX
    while not os.path.ismount(folder):
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with status {process.returncode}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"{folder} is not mounted after {START_SECONDS_MAX} s")
        time.sleep(0.01)


def unmount(folder):
    if os.path.ismount(folder):
        if subprocess.run(["umount", str(folder)], stderr=subprocess.DEVNULL).returncode != 0:
            subprocess.run(["umount", "-l", str(folder)], stderr=subprocess.DEVNULL)


def cpu_seconds(pid):
    """User and system time of a process, from /proc/PID/stat."""
    # The name, field 2, may hold blanks; what follows its bracket doesn't.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def nice_to_all(pids):
    """Gives processes the nice value of this one, also where the kernel keeps one for each session (autogroups) that counts instead."""
    for pid in pids:
        with contextlib.suppress(OSError):
            pathlib.Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))


def runs(pid):
    """Whether there is such a process, and it is no zombie."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


class Place:
    """A folder on some file system. `folder` is usable from `start` to `stop`."""

    served = True  # by processes, whose client has a cache of its own

    def __init__(self, name, scratch):
        self.name = name
        self.scratch = scratch
        self.folder = scratch

    def start(self):
        self.scratch.mkdir(parents=True)

    def stop(self):
        pass

    def prepared(self):
        """Entered around what is measured."""
        return contextlib.nullcontext()

    def pids(self):
        """The serving processes: name to process number."""
        return {}

    def cpu(self):
        """CPU seconds used so far: name of the process to seconds."""
        return {name: cpu_seconds(pid) for name, pid in self.pids().items()}


class Local(Place):
    """The local file system that everything else stands on."""

    served = False


class Passthrough(Place):
    """libfuse's passthrough_ll over the local file system, with its own defaults."""

    def __init__(self, name, scratch, program):
        super().__init__(name, scratch)
        self.program = program
        self.folder = scratch / "mnt"
        self.process = None

    def start(self):
        super().start()
        (self.scratch / "below").mkdir()
        self.folder.mkdir()
        # It keeps a descriptor for each inode that the kernel knows.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        command = ["prlimit", f"--nofile={most}", self.program, "-f", "-o", f"source={self.scratch / 'below'}", str(self.folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        await_mount(self.folder, self.process)
        nice_to_all(self.pids().values())

    def stop(self):
        unmount(self.folder)
        if self.process is None:
            return
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def pids(self):
        return {"passthrough_ll": self.process.pid}


class Skep(Place):
    """A cluster of `skep up`, each daemon a process, all connections over TCP unless said otherwise."""

    def __init__(self, name, scratch, distribution, arguments=("--processes", "--tcp")):
        super().__init__(name, scratch)
        self.command = distribution / "bin" / "skep"
        self.arguments = arguments
        self.data = scratch / "data"
        self.folder = scratch / "mnt"
        self.started = False

    def start(self):
        self.scratch.mkdir(parents=True, exist_ok=True)
        self.started = True
        # A session of its own: Ctrl-C is for the bench, which stops the cluster.
        quiet(self.command, "up", "--detach", "--dir", self.data, "--mount", self.folder, *self.arguments, start_new_session=True)
        os.listdir(self.folder)
        nice_to_all(self.pids().values())

    def stop(self):
        state = self.data / "up.toml"
        # One that was interrupted while it started goes on in the background, and says so soon.
        deadline = time.monotonic() + 5
        while self.started and not state.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.started = False
        if state.exists():
            done = subprocess.run([str(self.command), "down", "--dir", str(self.data)], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
            if done.returncode != 0:
                print(done.stdout, flush=True)
        unmount(self.folder)

    def pids(self):
        files = (self.data / "run").glob("*.pid")
        found = {file.stem: int(file.read_text()) for file in files}
        for line in (self.data / "up.toml").read_text().splitlines():
            if line.startswith("process = "):
                found["up"] = int(line.split('"')[1].partition("@")[0])
        return {name: pid for name, pid in found.items() if runs(pid)}

    def transport(self):
        """What its processes talk over, as seen in the kernel's list of Unix sockets."""
        unix = f"{self.data}/" in pathlib.Path("/proc/net/unix").read_text()
        return "Unix sockets" if unix else "TCP on loopback, no Unix sockets"


def remove(scratch):
    """Takes away all that a run made; what is still mounted below is left and said."""
    left = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()
            if line.split()[1].startswith(f"{scratch}/")]
    if left:
        print(f"still mounted, so {scratch} stays: {' '.join(left)}", flush=True)
        return
    shutil.rmtree(scratch, ignore_errors=True)


def interrupt_on_signals():
    """Whoever ends the bench politely has everything cleaned up."""
    def interrupt(_number, _frame):
        raise KeyboardInterrupt

    for number in ENDING_SIGNALS:
        signal.signal(number, interrupt)


def ignore_signals():
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
