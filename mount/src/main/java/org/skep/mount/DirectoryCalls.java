package org.skep.mount;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.fuse.DirectoryReply;
import org.skep.fuse.EntryReply;
import org.skep.fuse.FuseFlags;
import org.skep.linux.Errno;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.ReadDirectoryReply;

/// Open directories. The kernel's cookies: 1 is behind `.`, 2 behind `..`, others are the shard's
/// plus 2. Any thread; the kernel reads one open directory by one thread at a time.
final class DirectoryCalls {
  private static final int COOKIES_BEFORE = 2;
  private static final int PAGE_BYTES = 64 << 10;
  private static final byte[] DOT = ".".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DOT_DOT = "..".getBytes(StandardCharsets.US_ASCII);

  /// One open directory with the entries that were fetched and not yet asked for.
  private static final class Scan {
    private final long inode;
    private long endCookie;
    private long pageStart = -1;
    private @Nullable ReadDirectoryReply page;

    Scan(long inode) {
      this.inode = inode;
    }
  }

  private final FileSystem files;
  private final Nodes nodes;
  private final OpenDirectories openDirectories;
  private final Handles<Scan> handles = new Handles<>();

  DirectoryCalls(FileSystem files, Nodes nodes, OpenDirectories openDirectories) {
    this.files = files;
    this.nodes = nodes;
    this.openDirectories = openDirectories;
  }

  long open(long node) throws ErrnoException {
    long inode = nodes.inode(node);
    long handle = handles.add(new Scan(inode));
    openDirectories.opened(inode);
    return handle;
  }

  void close(long handle) throws ErrnoException {
    openDirectories.closed(handles.remove(handle).inode);
  }

  void sync(long handle) throws ErrnoException {
    long inode = handles.get(handle).inode;
    if (openDirectories.remains(inode) == null) {
      files.syncDirectory(inode);
    }
  }

  void read(long handle, long offset, boolean plus, DirectoryReply reply) throws ErrnoException {
    Scan scan = handles.get(handle);
    if (openDirectories.remains(scan.inode) != null) {
      return;
    }
    synchronized (scan) {
      if (offset == 0) {
        scan.endCookie = 0;
        scan.page = null;
      }
      try {
        readFrom(scan, offset, plus, reply);
      } catch (ErrnoException e) {
        // Removed through another mount while it is open here: it has no entries any more.
        if (e.errno() != Errno.ESTALE.number()) {
          throw e;
        }
      }
    }
  }

  private void readFrom(Scan scan, long offset, boolean plus, DirectoryReply reply)
      throws ErrnoException {
    long cookie = Math.max(0, offset - COOKIES_BEFORE);
    ReadDirectoryReply page = page(scan, cookie, plus);
    if (offset < 1 && !addDots(reply, DOT, scan.inode, 1, plus)) {
      return;
    }
    if (offset < 2 && !addDots(reply, DOT_DOT, page.getParent(), 2, plus)) {
      return;
    }
    while (addAll(page, cookie, plus, reply) && !page.getEnd() && page.getEntriesCount() > 0) {
      cookie = page.getEntries(page.getEntriesCount() - 1).getCookie();
      page = page(scan, cookie, plus);
    }
  }

  private static boolean addDots(
      DirectoryReply reply, byte[] name, long inode, long nextOffset, boolean plus) {
    return plus
        ? reply.addPlus(name, inode, FuseFlags.S_IFDIR, nextOffset) != null
        : reply.add(name, inode, FuseFlags.S_IFDIR, nextOffset);
  }

  /// The entries after `cookie`: those fetched before, if they reach on from there.
  private ReadDirectoryReply page(Scan scan, long cookie, boolean plus) throws ErrnoException {
    ReadDirectoryReply page = scan.page;
    if (page != null && cookie >= scan.pageStart && reachesBeyond(page, cookie)) {
      return page;
    }
    page = files.readDirectory(scan.inode, cookie, scan.endCookie, PAGE_BYTES, plus);
    scan.endCookie = page.getEndCookie();
    scan.pageStart = cookie;
    scan.page = page;
    return page;
  }

  private static boolean reachesBeyond(ReadDirectoryReply page, long cookie) {
    int count = page.getEntriesCount();
    return count == 0
        ? page.getEnd()
        : page.getEnd() || page.getEntries(count - 1).getCookie() > cookie;
  }

  /// @return whether all entries after the cookie found room
  private boolean addAll(ReadDirectoryReply page, long cookie, boolean plus, DirectoryReply reply)
      throws ErrnoException {
    for (DirectoryEntry entry : page.getEntriesList()) {
      if (entry.getCookie() > cookie && !add(entry, plus, reply)) {
        return false;
      }
    }
    return true;
  }

  private boolean add(DirectoryEntry entry, boolean plus, DirectoryReply reply)
      throws ErrnoException {
    byte[] name = entry.getName().toByteArray();
    int mode = entry.getType() << 12;
    long next = entry.getCookie() + COOKIES_BEFORE;
    if (!plus) {
      return reply.add(name, entry.getInode(), mode, next);
    }
    EntryReply room = reply.addPlus(name, entry.getInode(), mode, next);
    if (room != null && entry.hasAttributes()) {
      nodes.fill(room, entry.getAttributes());
    }
    return room != null;
  }
}
