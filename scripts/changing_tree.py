"""Folders that processes change at random while they know what must be in them. For test-mirror-kill."""
import builtins, errno, fcntl, mmap, os as plain_os, random, stat, struct, time

KIB = 1 << 10
SLOW_SECONDS = 2
FILES_MAX = 300
CONTENT_MAX = 256 * KIB


class Difference(Exception):
    """What is there is not what must be."""


class Progress:
    """How many operations a process has done; shared with whoever watches it."""

    def __init__(self):
        self.shared = mmap.mmap(-1, 8)

    def note(self):
        self.shared[:8] = struct.pack("q", self.get() + 1)

    def get(self):
        return struct.unpack("q", self.shared[:8])[0]


class Calls:
    """The functions of a module. Calls that take long are noted in the file `slow` of the folder in which the process started: seconds, when each ended, what."""

    def __init__(self, module, names):
        self.__dict__.update({name: getattr(module, name) for name in dir(module)})
        self.__dict__.update({name: self.timed(name, getattr(module, name)) for name in names.split()})

    def timed(self, name, call):
        def timed_call(*arguments, **options):
            began = time.monotonic()
            try:
                return call(*arguments, **options)
            finally:
                took = time.monotonic() - began
                if took > SLOW_SECONDS:
                    with builtins.open("slow", "a") as f:
                        f.write("%6.2f %s %s %.300s\n" % (took, time.strftime("%H:%M:%S"), name, arguments))

        return timed_call


def slow_calls():
    """The longest first."""
    if not plain_os.path.exists("slow"):
        return []
    with builtins.open("slow") as f:
        return sorted(f.read().splitlines(), reverse=True)


os = Calls(plain_os, "chmod close fchmod fstat fsync getxattr link listdir listxattr lstat mkdir open pread pwrite readlink rename rmdir setxattr symlink truncate unlink write")
flock = Calls(fcntl, "flock").flock


class Node:
    """A file, folder or symbolic link as it must be."""

    def __init__(self, kind, mode=0o644):
        self.kind, self.mode = kind, mode
        self.content, self.target = bytearray(), ""  # of a file; of a symbolic link
        self.children, self.links, self.attributes = {}, 1, {}


class Tree:
    """A folder that one process changes, one operation after the other."""

    def __init__(self, top, seed, progress=None):
        self.top, self.chance, self.progress = top, random.Random(seed), progress
        self.root = Node("folder", 0o755)
        self.held = []  # open files: descriptor, node
        self.number = 0

    # --- finding something to work on
    def walk(self, node=None, path=""):
        """All entries below: path, parent, name, node."""
        for name, child in (node or self.root).children.items():
            yield path + "/" + name, node or self.root, name, child
            if child.kind == "folder":
                yield from self.walk(child, path + "/" + name)

    def pick(self, kind):
        found = [entry for entry in self.walk() if entry[3].kind == kind]
        return self.chance.choice(found) if found else None

    def folder(self):
        """A folder's path and node; the top one is among them."""
        found = [("", self.root)] + [(path, node) for path, _, _, node in self.walk() if node.kind == "folder"]
        return self.chance.choice(found)

    def place(self):
        """Where something new can be: path, parent, name."""
        path, parent = self.folder()
        self.number += 1
        name = "n%d%s" % (self.number, "x" * self.chance.choice([0, 0, 0, 100]))
        return path + "/" + name, parent, name

    def full(self, path):
        return self.top + path

    def same(self, what, found, wanted):
        if found != wanted:
            raise Difference("%s: found %.200r, must be %.200r" % (what, found, wanted))

    def refused(self, what, number, call, *arguments):
        try:
            call(*arguments)
        except OSError as e:
            self.same("errno of " + what, errno.errorcode.get(e.errno), errno.errorcode[number])
            return
        raise Difference("%s: done, must be refused with %s" % (what, errno.errorcode[number]))

    # --- operations
    def step(self):
        operation = self.chance.choices(list(OPERATIONS), list(OPERATIONS.values()))[0]
        self.do(operation)

    def do(self, operation):
        try:
            getattr(self, operation)()
        except OSError as e:
            raise Difference("%s in %s, operation %d: %r" % (operation, self.top, self.progress.get(), e)) from e
        self.progress.note()

    def make(self):
        path, parent, name = self.place()
        if sum(1 for _ in self.walk()) >= FILES_MAX:
            return self.remove()
        node = Node("file", self.chance.choice([0o644, 0o600, 0o755]))
        fd = os.open(self.full(path), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        os.fchmod(fd, node.mode)
        parent.children[name] = node
        self.put(fd, node, 0)
        if self.chance.random() < 0.2:
            os.fsync(fd)
        if self.chance.random() < 0.2 and len(self.held) < 8:
            self.held.append((fd, node))
        else:
            os.close(fd)

    def put(self, fd, node, offset):
        data = self.chance.randbytes(self.chance.choice([0, 1, 100, 4 * KIB, 40 * KIB]))
        done = 0
        while done < len(data):
            done += os.pwrite(fd, data[done:], offset + done)
        if data:
            node.content.extend(bytes(max(0, offset - len(node.content))))
            node.content[offset : offset + len(data)] = data

    def make_folder(self):
        path, parent, name = self.place()
        os.mkdir(self.full(path))
        parent.children[name] = Node("folder", 0o755)

    def make_symlink(self):
        path, parent, name = self.place()
        node = parent.children[name] = Node("symlink")
        node.target = "t" * self.chance.randrange(1, 200)
        os.symlink(node.target, self.full(path))

    def link(self):
        found, (path, parent, name) = self.pick("file"), self.place()
        if found:
            os.link(self.full(found[0]), self.full(path))
            parent.children[name] = found[3]
            found[3].links += 1

    def write(self):
        found = self.pick("file")
        if found:
            fd = os.open(self.full(found[0]), os.O_RDWR)
            self.put(fd, found[3], min(self.chance.randrange(len(found[3].content) + 10 * KIB), CONTENT_MAX))
            os.close(fd)

    def append(self):
        found = self.pick("file")
        if found and len(found[3].content) < CONTENT_MAX:
            fd, data = os.open(self.full(found[0]), os.O_WRONLY | os.O_APPEND), self.chance.randbytes(1000)
            self.same("bytes appended", os.write(fd, data), 1000)
            os.close(fd)
            found[3].content += data

    def truncate(self):
        found = self.pick("file")
        if found:
            size = self.chance.randrange(len(found[3].content) + 1000)
            os.truncate(self.full(found[0]), size)
            found[3].content.extend(bytes(max(0, size - len(found[3].content))))
            del found[3].content[size:]

    def read(self):
        found = self.pick("file")
        if found:
            self.check_file(found[0], found[3])

    def check_file(self, path, node):
        fd, content = os.open(self.full(path), os.O_RDONLY), b""
        while part := os.pread(fd, CONTENT_MAX, len(content)):
            content += part
        os.close(fd)
        self.same("length of " + path, len(content), len(node.content))
        if content != node.content:
            at = next(i for i, (one, other) in enumerate(zip(content, node.content)) if one != other)
            raise Difference("%s differs from byte %d on" % (path, at))

    def look(self):
        found = self.chance.choice(list(self.walk()) or [None])
        if found:
            self.check_attributes(found[0], found[3])

    def check_attributes(self, path, node):
        seen = os.lstat(self.full(path))
        kind = "folder" if stat.S_ISDIR(seen.st_mode) else "symlink" if stat.S_ISLNK(seen.st_mode) else "file"
        self.same("kind of " + path, kind, node.kind)
        if kind == "file":
            self.same("attributes of " + path, (stat.S_IMODE(seen.st_mode), seen.st_size, seen.st_nlink), (node.mode, len(node.content), node.links))
            self.same("extended attributes of " + path, {name: os.getxattr(self.full(path), name) for name in os.listxattr(self.full(path))}, node.attributes)
        elif kind == "symlink":
            self.same("target of " + path, os.readlink(self.full(path)), node.target)

    def list(self):
        path, node = self.folder()
        self.same("names in " + path, sorted(os.listdir(self.full(path))), sorted(node.children))

    def chmod(self):
        found = self.pick("file")
        if found:
            found[3].mode = self.chance.randrange(0o1000) | 0o600
            os.chmod(self.full(found[0]), found[3].mode)

    def set_attribute(self):
        found = self.pick("file")
        if found:
            name, value = "user.a%d" % self.chance.randrange(3), self.chance.randbytes(self.chance.randrange(200))
            os.setxattr(self.full(found[0]), name, value)
            found[3].attributes[name] = value

    def rename(self):
        found = self.chance.choice(list(self.walk()) or [None])
        if not found:
            return
        (old, parent, name, node), (new, new_parent, new_name) = found, self.place()
        if node.kind == "folder" and (new + "/").startswith(old + "/"):
            return self.refused("rename of a folder into itself", errno.EINVAL, os.rename, self.full(old), self.full(new))
        os.rename(self.full(old), self.full(new))
        del parent.children[name]
        new_parent.children[new_name] = node

    def replace(self):
        one, other = self.pick("file"), self.pick("file")
        if not one or one[3] is other[3]:
            return
        os.rename(self.full(one[0]), self.full(other[0]))
        del one[1].children[one[2]]
        other[3].links -= 1
        other[1].children[other[2]] = one[3]

    def remove(self):
        found = self.pick("file") or self.pick("symlink")
        if found:
            os.unlink(self.full(found[0]))
            del found[1].children[found[2]]
            found[3].links -= 1

    def remove_folder(self):
        found = self.pick("folder")
        if found and found[3].children:
            self.refused("rmdir of a folder with something in it", errno.ENOTEMPTY, os.rmdir, self.full(found[0]))
        elif found:
            os.rmdir(self.full(found[0]))
            del found[1].children[found[2]]

    def make_again(self):
        found = self.chance.choice(list(self.walk()) or [None])
        if found:
            self.refused("making what is there", errno.EEXIST, os.mkdir, self.full(found[0]))

    def use_held(self):
        """A file that was open all the time, with or without a name."""
        if self.held:
            fd, node = self.held.pop(self.chance.randrange(len(self.held)))
            self.same("what an open file holds", os.pread(fd, CONTENT_MAX * 2, 0), bytes(node.content))
            self.same("links of an open file", os.fstat(fd).st_nlink, node.links)
            self.put(fd, node, len(node.content) // 2)
            if self.chance.random() < 0.5:
                self.held.append((fd, node))
            else:
                os.close(fd)

    def lock(self):
        """A lock keeps another opening of the same file out, as long as it is held."""
        found = self.pick("file")
        if found:
            one, other = os.open(self.full(found[0]), os.O_RDWR), os.open(self.full(found[0]), os.O_RDWR)
            flock(one, fcntl.LOCK_EX)
            for _ in range(20):
                self.refused("a second lock", errno.EAGAIN, flock, other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                time.sleep(0.01)
            flock(one, fcntl.LOCK_UN)
            flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(one)
            os.close(other)

    def sync_folder(self):
        fd = os.open(self.full(self.folder()[0]), os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(fd)
        os.close(fd)

    # --- all of it
    def check(self):
        """Everything is as it must be, seen from here now."""
        self.same("names in " + self.top, sorted(os.listdir(self.top)), sorted(self.root.children))
        for path, _, _, node in self.walk():
            self.check_attributes(path, node)
            if node.kind == "file":
                self.check_file(path, node)
            elif node.kind == "folder":
                self.same("names in " + path, sorted(os.listdir(self.full(path))), sorted(node.children))


OPERATIONS = {
    "make": 14, "make_folder": 5, "make_symlink": 2, "link": 4, "write": 8, "append": 4, "truncate": 4, "read": 8, "look": 10, "list": 6, "chmod": 3,
    "set_attribute": 3, "rename": 8, "replace": 4, "remove": 8, "remove_folder": 4, "make_again": 3, "use_held": 5, "lock": 1, "sync_folder": 1,
}  # fmt: skip


def contend(folder, who, progress, stop):
    """Several processes make the same names: each must be made by just one. Gives the names that this one has made."""
    made, number = [], 0
    while not stop():
        try:
            os.mkdir("%s/%d" % (folder, number))
            made.append(number)
        except FileExistsError:
            pass
        os.close(os.open("%s/own-%d-%d" % (folder, who, number), os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        os.rename("%s/own-%d-%d" % (folder, who, number), "%s/last-%d" % (folder, who))
        progress.note()
        number += 1
        time.sleep(0.005)
    return made, number
