"""A cluster whose management, servers and mount each are in a network namespace of their own on a bridge, so that processes, hosts, network and disks can be
made to fail. Needs root and /dev/fuse; everything it makes is taken away by `Cluster.remove`. For test-mirror-faults and test-mirror-kill."""
import ctypes, errno, fcntl, filecmp, heapq, os, random, re, select, shutil, signal, struct, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
SKEP = ROOT + "/dist/bin/skep"
LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
METADATA = ["m201", "m202"]
STORAGE = ["s301", "s302", "s303"]
FIRST_GROUP = ["3011", "3021"]  # the measured writer writes to it, and its members have file systems of their own
GOOD_SECONDS = 120
PORT = 7100
PRIORITY = -10


def run(*command, fails=False):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0 and not fails:
        raise RuntimeError("%s: exit code %d\n%s" % (" ".join(command), done.returncode, done.stdout))
    return done.stdout


def can_run():
    """Why not, if it can't."""
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "needs root and /dev/fuse, nothing was tested"
    if subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "no network namespaces here, nothing was tested"
    for name in [name for name in os.environ if name.startswith("SKEP_") and name not in ("SKEP_JAVA_HOME", "SKEP_JAVA_OPTS")]:
        del os.environ[name]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    return None


def ignore_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def await_that(what, seconds, condition, pause=0.05):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("not within %d s: %s" % (seconds, what))
        time.sleep(pause)


def before_others(pid):
    """A process's session comes before others', also where the kernel weighs sessions (autogroups) and no single processes: what is to be seen is what
    faults do, not how much else the machine has to do."""
    try:
        with open("/proc/%d/autogroup" % pid, "w") as f:
            f.write(str(PRIORITY))
    except OSError:
        pass  # there are none


# --- the network -------------------------------------------------------------------------------------------------------------
class Network:
    """A bridge in a namespace, and a namespace on it for each host. Nothing of it shows in the namespace of the machine."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.prefix = "skep-faults-%d-" % os.getpid()
        self.carriers = {}

    def make(self):
        for name in ["bridge"] + self.hosts:
            run("ip", "netns", "add", self.prefix + name)
            self.ip(name, "link set lo up")
        self.ip("bridge", "link add bridge type bridge")
        self.ip("bridge", "link set bridge up")
        for host in self.hosts:
            run("ip", "link", "add", "eth0", "netns", self.prefix + host, "type", "veth", "peer", "name", host, "netns", self.prefix + "bridge")
            self.ip("bridge", "link set %s master bridge up" % host)
            self.ip(host, "link set eth0 address %s up" % self.mac(host))
            self.ip(host, "addr add %s/24 dev eth0" % self.address(host))

    def remove(self):
        for process in self.carriers.values():
            process.end()
        for name in self.hosts + ["bridge"]:
            run("ip", "netns", "del", self.prefix + name, fails=True)

    def ip(self, name, words):
        run("ip", "-n", self.prefix + name, *words.split())

    def inside(self, host):
        """What a command begins with that is to run at a host; mounts are those of the machine."""
        return ["nsenter", "--net=/run/netns/" + self.prefix + host]

    def address(self, host):
        return "10.213.7.%d" % (self.hosts.index(host) + 1)

    def mac(self, host):
        return "02:00:00:00:07:%02x" % (self.hosts.index(host) + 1)

    def unplug(self, host):
        self.ip("bridge", "link set %s down" % host)

    def plug(self, host):
        self.ip("bridge", "link set %s up" % host)

    def lose(self, source, sinks):
        """Packets of a host to others are lost, in this direction only: they go to an Ethernet address that nobody has."""
        for sink in sinks:
            self.ip(source, "neigh replace %s lladdr 02:00:00:00:07:ff dev eth0 nud permanent" % self.address(sink))

    def pass_on(self, source, sinks):
        for sink in sinks:
            self.ip(source, "neigh replace %s lladdr %s dev eth0 nud permanent" % (self.address(sink), self.mac(sink)))

    def roughen(self, host):
        """The host is moved to a link that delays, loses, duplicates and reorders packets in both directions."""
        ends = tap(self.prefix + host, "rough"), tap(self.prefix + "bridge", "rough")
        self.carriers[host] = Worker("carrier", lambda: carry(*ends))
        for end in ends:
            os.close(end)
        self.ip("bridge", "link set rough master bridge up")
        self.unplug(host)
        self.ip(host, "link set eth0 down")
        self.ip(host, "addr flush dev eth0")
        self.ip(host, "link set rough address %s up" % self.mac(host))
        self.ip(host, "addr add %s/24 dev rough" % self.address(host))

    def smooth(self, host):
        self.carriers.pop(host).end()  # takes its link with it
        self.plug(host)
        self.ip(host, "link set eth0 up")
        self.ip(host, "addr add %s/24 dev eth0" % self.address(host))


def tap(namespace, name):
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/" + namespace, os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(end, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1002))  # TUNSETIFF, IFF_TAP | IFF_NO_PI
        return end
    finally:
        LIBC.setns(home, CLONE_NEWNET)
        os.close(home)
        os.close(there)


def carry(one, other):
    """Frames from each to the other: 0.5 to 3 ms late (which reorders them), 1 % lost, 1 % twice."""
    chance, waiting, count = random.Random(7), [], 0
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, sink, frame = heapq.heappop(waiting)
            try:
                os.write(sink, frame)
            except OSError:
                pass  # down, or its queue is full: lost as well
        readable, _, _ = select.select([one, other], [], [], max(0.0, waiting[0][0] - now) if waiting else 1.0)
        for source in readable:
            frame = os.read(source, 65536)
            for _ in range(chance.choices([0, 1, 2], [1, 98, 1])[0]):
                count += 1
                heapq.heappush(waiting, (time.monotonic() + chance.uniform(0.0005, 0.003), count, other if source == one else one, frame))


# --- a disk that fails in one process ------------------------------------------------------------------------------------------
PRELOAD = r"""
// Fails write, pwrite or fsync on files below $FAULT_DIR with the errno in the file $FAULT_RULE ("pwrite 28"), or lets all take their time ("slow 50000",
// microseconds). The JVM finds functions by dlsym, so that is replaced; libraries like RocksDB's are linked to them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int wanted(const char *call, int fd) {
  char link[64], path[4096], rule[64] = "", name[32]; int error;
  const char *below = getenv("FAULT_DIR");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n <= 0 || (path[n] = 0, strncmp(path, below, strlen(below)))) return 0;
  int file = open(getenv("FAULT_RULE"), O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  n = read(file, rule, sizeof rule - 1);
  close(file);
  if (n <= 0 || sscanf(rule, "%31s %d", name, &error) != 2) return 0;
  if (!strcmp(name, "slow")) return usleep(error), 0;
  return !strcmp(name, call) ? error : 0;
}
static ssize_t (*real_write)(int, const void *, size_t), (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int), (*real_fdatasync)(int), (*real_syncfs)(int);
static void *(*real_dlsym)(void *, const char *);
static void __attribute__((constructor)) find_real(void) {
  const char *versions[] = {"GLIBC_2.34", "GLIBC_2.17", "GLIBC_2.2.5"};
  for (int i = 0; i < 3 && !real_dlsym; i++) real_dlsym = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
#define FIND(call) real_##call = real_dlsym(RTLD_NEXT, #call);
  FIND(write) FIND(pwrite) FIND(fsync) FIND(fdatasync) FIND(syncfs)
}
#define CALL(call, rule, ...) \
  if (!real_##call) find_real(); \
  int error = wanted(rule, fd); \
  return error ? (errno = error, -1) : real_##call(fd, ##__VA_ARGS__);
ssize_t write(int fd, const void *from, size_t n) { CALL(write, "write", from, n) }
ssize_t pwrite(int fd, const void *from, size_t n, off_t at) { CALL(pwrite, "pwrite", from, n, at) }
ssize_t pwrite64(int fd, const void *from, size_t n, off_t at) { return pwrite(fd, from, n, at); }
int fsync(int fd) { CALL(fsync, "fsync") }
int fdatasync(int fd) { CALL(fdatasync, "fsync") }
int syncfs(int fd) { CALL(syncfs, "fsync") }
void *dlsym(void *handle, const char *name) {
  if (!real_dlsym) find_real();
#define REPLACE(call) if (!strcmp(name, #call)) return call;
  REPLACE(write) REPLACE(pwrite) REPLACE(fsync) REPLACE(fdatasync) REPLACE(syncfs)
  return real_dlsym(handle, name);
}
"""


# --- the cluster ---------------------------------------------------------------------------------------------------------------
class Cluster:
    """Management, metadata servers (m...) and storage servers (s...) with two targets each, all in groups, and a mount whose root is mirrored.
    `make_unmirrored`: the metadata servers have one target each, without groups."""

    def __init__(self, offline_timeout, name, storage=STORAGE, metadata=METADATA):
        self.offline_timeout = offline_timeout
        self.metadata, self.storage = metadata, storage
        self.servers = metadata + storage
        self.hosts = ["mgmtd"] + self.servers + ["client"]
        self.network = Network(self.hosts)
        self.processes, self.fillers = {}, {}
        self.work = tempfile.mkdtemp(prefix="skep-%s." % name)
        os.chdir(self.work)
        self.mount = self.work + "/mnt"
        os.mkdir("mnt")
        self.at_management = ["--mgmtd", "%s:%d" % (self.network.address("mgmtd"), PORT), "--auth-file", "secret"]
        self.can_fail = self.can_fill = False

    def make(self):
        self.make_unmirrored(2)
        self.ctl("--addmirrorgroup", "--nodetype=meta", "--automatic")

    def make_unmirrored(self, metadata_targets=1):
        """All but the metadata groups."""
        self.network.make()
        self.can_fill = self.mount_disks()
        fd = os.open("secret", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(fd, os.urandom(32).hex().encode())
        os.close(fd)
        self.can_fail = shutil.which("gcc") is not None
        if self.can_fail:
            with open("preload.c", "w") as f:
                f.write(PRELOAD)
            run("gcc", "-O2", "-shared", "-fPIC", "-o", "preload.so", "preload.c", "-ldl")
        for host in self.servers:
            self.configure(host, metadata_targets if host in self.metadata else 2)
        for host in self.hosts:
            self.start(host, init=True)
            if host in ("mgmtd", self.metadata[0], self.servers[-1], "client"):
                self.ready()
        self.ctl("--addmirrorgroup", "--nodetype=storage", "--primary=" + FIRST_GROUP[0], "--secondary=" + FIRST_GROUP[1], "--groupid=1")
        self.ctl("--addmirrorgroup", "--nodetype=storage", "--automatic")
        self.ctl("--setpattern", "--pattern=buddymirror", "--numtargets=3", "mnt")

    def configure(self, host, targets):
        node, targets = host[1:], [host[1:] + str(number + 1) for number in range(targets)]
        with open(host + ".toml", "w") as f:
            f.write(
                'mgmtd = "%s"\nauth-file = "secret"\nsocket-dir = ""\nnode-id = %s\nnode-name = "%s"\nlisten = ["%s:%d"]\ntargets = %s\ntarget-ids = [%s]\n'
                % (self.at_management[1], node, host, self.network.address(host), PORT, str([self.target(t) for t in targets]).replace("'", '"'), ", ".join(targets))
            )

    def mount_disks(self):
        """A small ext4 for each member of the first group, so that it can be full; False if this host has no loop devices."""
        for target in FIRST_GROUP:
            image = "disk" + target
            with open(image, "wb") as f:
                f.truncate(GIB)
            run("mkfs.ext4", "-q", "-m", "0", image)
            os.mkdir(self.target(target))
            try:
                run("mount", "-o", "loop", image, self.target(target))
            except RuntimeError:
                return False
            os.rmdir(self.target(target) + "/lost+found")
        return True

    def target_of(self, host):
        """The target of the first group on a host."""
        return self.target(next(target for target in FIRST_GROUP if target[:3] == host[1:]))

    def fill_disk(self, host):
        """The file system has no block left, and whatever is given back is taken at once."""

        def take_all():
            with open(self.target_of(host) + "/filler", "ab") as f:
                while True:
                    size = GIB
                    while size >= 4 * KIB:
                        try:
                            os.posix_fallocate(f.fileno(), os.fstat(f.fileno()).st_size, size)
                        except OSError as e:
                            assert e.errno == errno.ENOSPC, e
                            size //= 2
                    time.sleep(0.001)

        self.fillers[host] = Worker("filler", take_all)

    def empty_disk(self, host):
        self.fillers.pop(host).end()
        os.remove(self.target_of(host) + "/filler")

    def target(self, target):
        return "%s/target%s" % (self.work, target)

    def start(self, host, init=False):
        command = {
            "mgmtd": ["mgmtd", "--dir", "management", "--listen", self.at_management[1], "--socket-dir=", "--auth-file", "secret"]
            + ["--offline-timeout", "%gs" % self.offline_timeout],
            "client": ["mount"] + self.at_management + ["mnt"],
        }.get(host, ["meta" if host in self.metadata else "storage", "--config", host + ".toml"])
        environment = dict(os.environ)
        if self.can_fail and host in self.servers:
            environment.update(LD_PRELOAD=self.work + "/preload.so", FAULT_DIR=self.work + "/target", FAULT_RULE="%s/%s.rule" % (self.work, host))
        with open(host + ".out", "w") as out, open(host + ".log", "a") as log:
            whole = self.network.inside(host) + ["nice", "-n", str(PRIORITY), SKEP] + command + (["--init"] if init and host != "client" else [])
            self.processes[host] = subprocess.Popen(whole, stdout=out, stderr=log, stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
        before_others(self.processes[host].pid)

    def ready(self):
        for host, process in self.processes.items():
            if process is not None:
                await_that("%s serves" % host, 60, lambda: re.search("^ready", open(host + ".out").read(), re.M) or process.poll() is not None)
                if process.poll() is not None:
                    raise RuntimeError("%s ended:\n%s" % (host, "".join(open(host + ".log").readlines()[-5:])))

    def send(self, host, number):
        self.processes[host].send_signal(number)

    def kill_at_once(self, hosts):
        """All of them at the same moment."""
        for host in hosts:
            self.send(host, signal.SIGKILL)
        for host in hosts:
            self.kill(host)

    def kill(self, host, number=signal.SIGKILL):
        self.send(host, number)
        status = self.processes[host].wait(30)
        self.processes[host] = None
        if number == signal.SIGTERM and status not in (0, -signal.SIGTERM, 128 + signal.SIGTERM):
            raise RuntimeError("%s was stopped and ended with %d" % (host, status))

    def restart(self, host):
        self.start(host)
        self.ready()

    def fail_disk(self, host, rule):
        with open(host + ".new", "w") as f:
            f.write(rule)
        os.rename(host + ".new", host + ".rule")

    def ctl(self, *words, fails=False):
        return run(*self.network.inside("client"), SKEP, "ctl", *self.at_management, *words, fails=fails)

    def groups(self, kind):
        """The members of each group, the primary first, as texts."""
        rows = re.findall(r"^ +(\d+) +(\d+) +(\d+)$", self.ctl("--listmirrorgroups", "--nodetype=" + kind), re.M)
        return {group: (primary, secondary) for group, primary, secondary in rows}

    def members(self, kind, group):
        """The hosts of a group, the primary first."""
        return [kind[0] + target[:3] for target in self.groups(kind)[group]]

    def states(self):
        return "".join(self.ctl("--listtargets", "--nodetype=" + kind, "--state", fails=True) for kind in ("meta", "storage"))

    def all_good(self):
        return len(re.findall(r"^ +\d+ +Online +Good +\d+$", self.states(), re.M)) == 2 * len(self.servers)

    def check(self):
        """The whole file system, while nothing is away: what `skep fsck` says if it finds anything or could not check all."""
        done = subprocess.run(self.network.inside("client") + [SKEP, "fsck", *self.at_management], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return "" if done.returncode == 0 else "fsck: exit code %d\n%s" % (done.returncode, done.stdout)

    def differences(self):
        """The chunks that the members of a storage group have not alike, a line each. An empty directory is no content: one that
        was made for chunks that are gone again need not stand at a member that was away meanwhile."""
        found = []
        for one, other in self.groups("storage").values():
            roots = [self.target(member) + "/mirrored" for member in (one, other)]
            chunks = sorted({os.path.relpath(os.path.join(at, name), root) for root in roots for at, _, names in os.walk(root) for name in names})
            _, unlike, missing = filecmp.cmpfiles(*roots, chunks, shallow=False)
            found += ["%s and %s: %s differs or is missing" % (one, other, chunk) for chunk in sorted(unlike + missing)]
        return "\n".join(found)

    def remove(self, keep):
        run("umount", "-l", self.mount, fails=True)  # whether it is mounted can't be asked when its servers are gone
        for process in self.processes.values():
            if process is not None and process.poll() is None:
                process.kill()
                process.wait()
        self.network.remove()
        for filler in self.fillers.values():
            filler.end()
        for target in FIRST_GROUP:
            if os.path.ismount(self.target(target)):
                run("umount", "-l", self.target(target), fails=True)
        os.chdir("/")
        if keep:
            print("data and logs are in %s" % self.work)
        else:
            shutil.rmtree(self.work, ignore_errors=True)


# --- processes beside it--------------------------------------------------------------------------------------------------------------
class Worker:
    """A process that runs a function. What ends it early stands in NAME.error."""

    def __init__(self, name, body):
        self.name = name
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_DFL)
                LIBC.prctl(1, signal.SIGKILL, 0, 0, 0)  # it never outlives the test
                os.nice(PRIORITY)
                body()
                code = 0
            except BaseException as e:
                with open(name + ".error", "w") as f:
                    f.write("%s: %r" % (name, e))
            finally:
                os._exit(code)

    def failure(self):
        """What went wrong so far, or None."""
        if self.pid is None or os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            return None
        self.pid = None
        return open(self.name + ".error").read() if os.path.exists(self.name + ".error") else None

    def wait(self, seconds):
        failure = None

        def ended():
            nonlocal failure
            failure = failure or self.failure()
            return self.pid is None

        await_that("%s ends" % self.name, seconds, ended)
        return failure

    def end(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = None
