package org.skep.client.fake;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.skep.cluster.Ids;
import org.skep.cluster.Layout;
import org.skep.linux.Errno;
import org.skep.wire.Answer;
import org.skep.wire.Failure;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.CancelLockRequest;
import org.skep.wire.message.ChunkId;
import org.skep.wire.message.CloseRequest;
import org.skep.wire.message.CreateReply;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Empty;
import org.skep.wire.message.EndSessionRequest;
import org.skep.wire.message.Entry;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.OpenRequest;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;
import org.skep.wire.message.ReleaseLocksRequest;
import org.skep.wire.message.RenewSessionReply;
import org.skep.wire.message.RenewSessionRequest;
import org.skep.wire.message.ReserveAppendReply;
import org.skep.wire.message.ReserveAppendRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetLockReply;
import org.skep.wire.message.SetLockRequest;
import org.skep.wire.message.SyncMetadataReply;
import org.skep.wire.message.SyncMetadataRequest;
import org.skep.wire.message.Time;
import org.skep.wire.message.UpdateWrittenRequest;
import org.skep.wire.message.Written;

/// A metadata shard in memory, as far as the client's tests need one. Changes are carried out once
/// for each client and sequence.
public final class FakeShard {
  private static final int O_TRUNC = 0x200;

  private final int id;
  private final FakeCluster cluster;
  private final Map<Long, Attributes.Builder> inodes = new TreeMap<>();
  private final Map<ByteString, Long> names =
      new TreeMap<>(ByteString.unsignedLexicographicalComparator());
  private final Map<Long, Integer> openings = new HashMap<>();
  private final Map<List<Long>, Object> replies = new HashMap<>();
  private final Map<Long, Long> locks = new HashMap<>();
  private final java.util.Set<Long> cancelled = new java.util.HashSet<>();
  private long lastCounter = 1;
  private long batch = 1L << 32;
  private long syncedBatch;
  private final java.util.Set<Long> lost = new java.util.HashSet<>();
  private long session = 1;
  private boolean neverWrittenSeen;

  FakeShard(int id, FakeCluster cluster) {
    this.id = id;
    this.cluster = cluster;
  }

  /// A file with that layout; its name leads to it from every shard's root.
  public synchronized long file(Layout layout, String name) {
    long inode = Ids.inode(id, ++lastCounter);
    Time time = Time.newBuilder().setSeconds(1_000_000).build();
    inodes.put(
        inode,
        Attributes.newBuilder()
            .setInode(inode)
            .setMode(0100644)
            .setLinks(1)
            .setAtime(time)
            .setMtime(time)
            .setCtime(time)
            .setDataVersion(1)
            .setLayout(MapCodec.message(layout)));
    names.put(ByteString.copyFromUtf8(name), inode);
    return inode;
  }

  /// A name that leads to an inode of another shard.
  public synchronized void name(String name, long inode) {
    names.put(ByteString.copyFromUtf8(name), inode);
  }

  /// From now on all changes made since the last sync count as lost; what they did stays.
  public synchronized void loseUnsynced() {
    for (long number = syncedBatch + 1; syncedBatch > 0 && number <= batch; number++) {
      lost.add(number);
    }
    batch = ((batch >>> 32) + 2) << 32;
  }

  /// The client was not heard of for too long: its locks are gone.
  public synchronized void endSession() {
    session++;
    locks.clear();
  }

  public synchronized void remove(long inode) {
    inodes.remove(inode);
  }

  public synchronized Attributes attributes(long inode) {
    return inodes.get(inode).build();
  }

  public synchronized int openings(long inode) {
    return openings.getOrDefault(inode, 0);
  }

  public synchronized boolean neverWrittenSeen() {
    return neverWrittenSeen;
  }

  synchronized Object serve(long client, Object request, long sequence, long mark) {
    replies.keySet().removeIf(key -> key.get(0) == client && key.get(1) < mark);
    if (sequence == 0) {
      return decide(request);
    }
    if (sequence < mark) {
      throw new AssertionError("sequence " + sequence + " is below the mark " + mark);
    }
    List<Long> key = List.of(client, sequence);
    Object reply = replies.get(key);
    if (reply == null) {
      reply = decide(request);
      batch++;
      replies.put(key, reply);
    }
    return reply instanceof MessageLite message ? new Answer.Done<>(message, 0, batch) : reply;
  }

  private Object decide(Object request) {
    return switch (request) {
      case LookupRequest lookup -> {
        Long inode = names.get(lookup.getName());
        yield inode == null ? refused(Errno.ENOENT) : entry(inode);
      }
      case GetAttributesRequest get -> {
        GetAttributesReply.Builder reply = GetAttributesReply.newBuilder();
        for (long inode : get.getInodesList()) {
          if (inodes.containsKey(inode)) {
            reply.addAttributes(inodes.get(inode).build());
          }
        }
        yield reply.build();
      }
      case OpenRequest open -> open(open);
      case CreateRequest create -> create(create);
      case CloseRequest close -> close(close);
      case UpdateWrittenRequest update -> {
        Attributes.Builder inode = inodes.get(update.getInode());
        if (inode == null) {
          yield refused(Errno.ESTALE);
        }
        if (update.hasWritten()) {
          written(inode, update.getWritten());
        }
        if (update.hasAtime()) {
          inode.setAtime(update.getAtime());
        }
        yield inode.build();
      }
      case ReserveAppendRequest append -> {
        Attributes.Builder inode = inodes.get(append.getInode());
        long offset = Math.max(inode.getSize(), append.getKnownSize());
        inode.setSize(offset + append.getLength()).setDataVersion(inode.getDataVersion() + 1);
        yield ReserveAppendReply.newBuilder().setOffset(offset).build();
      }
      case SetAttributesRequest set -> set(set);
      case ReadDirectoryRequest read -> readDirectory();
      case SyncMetadataRequest sync -> {
        syncedBatch = batch;
        yield SyncMetadataReply.newBuilder()
            .setLost(sync.getBatchesList().stream().anyMatch(lost::contains))
            .setBatch(batch)
            .build();
      }
      case RenewSessionRequest _ ->
          RenewSessionReply.newBuilder().setLeaseMillis(30_000).setSession(session).build();
      case EndSessionRequest _ -> Empty.getDefaultInstance();
      case SetLockRequest lock -> lock(lock);
      case CancelLockRequest cancel -> {
        cancelled.add(cancel.getTicket());
        yield Empty.getDefaultInstance();
      }
      case ReleaseLocksRequest release -> {
        locks.remove(release.getInode(), release.getOwner());
        yield Empty.getDefaultInstance();
      }
      default -> throw new AssertionError("not for a fake shard: " + request.getClass());
    };
  }

  private static Answer<?> refused(Errno errno) {
    return new Answer.Refused<>(Failure.errno(errno.number(), "fake: " + errno));
  }

  private Entry entry(long inode) {
    Entry.Builder entry = Entry.newBuilder().setInode(inode);
    if (inodes.containsKey(inode)) {
      entry.setAttributes(inodes.get(inode).build());
    }
    return entry.build();
  }

  private Object open(OpenRequest open) {
    Attributes.Builder inode = inodes.get(open.getInode());
    if (inode == null) {
      return refused(Errno.ESTALE);
    }
    if ((open.getFlags() & O_TRUNC) != 0) {
      truncate(inode, 0);
    }
    openings.merge(open.getInode(), 1, Integer::sum);
    return inode.build();
  }

  private Object create(CreateRequest create) {
    Long existing = names.get(create.getName());
    boolean created = existing == null;
    if (created) {
      try {
        existing = file(MapCodec.of(create.getLayout()), create.getName().toStringUtf8());
      } catch (MalformedFrameException e) {
        throw new AssertionError(e);
      }
    }
    Entry entry = entry(existing);
    if (entry.hasAttributes()) {
      openings.merge(existing, 1, Integer::sum);
    }
    return CreateReply.newBuilder().setCreated(created).setEntry(entry).build();
  }

  private Object close(CloseRequest close) {
    Attributes.Builder inode = inodes.get(close.getInode());
    if (inode == null || openings.getOrDefault(close.getInode(), 0) == 0) {
      throw new AssertionError("close without open of " + Ids.text(close.getInode()));
    }
    openings.merge(close.getInode(), -1, Integer::sum);
    if (close.hasWritten()) {
      written(inode, close.getWritten());
    }
    if (close.hasAtime()) {
      inode.setAtime(close.getAtime());
    }
    neverWrittenSeen = close.getNeverWritten();
    return Empty.getDefaultInstance();
  }

  private static void written(Attributes.Builder inode, Written written) {
    inode
        .setSize(Math.max(inode.getSize(), written.getSizeAtLeast()))
        .setMtime(written.getMtime())
        .setCtime(written.getMtime())
        .setDataVersion(inode.getDataVersion() + 1);
    if (written.getAllocatedKnown()) {
      inode.setAllocatedBytes(written.getAllocatedBytes());
    }
  }

  private Object set(SetAttributesRequest set) {
    Attributes.Builder inode = inodes.get(set.getInode());
    if (set.hasSize()) {
      truncate(inode, set.getSize());
    }
    if (set.hasMode()) {
      inode.setMode(set.getMode());
    }
    if (set.hasMtime()) {
      inode.setMtime(set.getMtime());
    }
    return inode.build();
  }

  private void truncate(Attributes.Builder inode, long size) {
    try {
      Layout layout = MapCodec.of(inode.getLayout());
      for (int stripe = 0; stripe < layout.stripes().size(); stripe++) {
        ChunkId chunk = ChunkId.newBuilder().setInode(inode.getInode()).setStripe(stripe).build();
        cluster
            .target(layout.stripes().get(stripe))
            .cut(chunk, layout.chunkFileBytes(stripe, size));
      }
    } catch (MalformedFrameException e) {
      throw new AssertionError(e);
    }
    inode.setSize(size).setDataVersion(inode.getDataVersion() + 1);
  }

  private Object readDirectory() {
    ReadDirectoryReply.Builder reply = ReadDirectoryReply.newBuilder().setEnd(true);
    long cookie = 0;
    for (Map.Entry<ByteString, Long> each : names.entrySet()) {
      DirectoryEntry.Builder entry =
          DirectoryEntry.newBuilder()
              .setCookie(++cookie)
              .setName(each.getKey())
              .setInode(each.getValue());
      if (inodes.containsKey(each.getValue())) {
        entry.setAttributes(inodes.get(each.getValue()).build());
      }
      reply.addEntries(entry);
    }
    return reply.build();
  }

  /// One exclusive lock an inode.
  private Object lock(SetLockRequest lock) {
    long owner = lock.getLock().getOwner();
    if (lock.getLock().getTypeValue() == 2) {
      locks.remove(lock.getInode(), owner);
      return SetLockReply.getDefaultInstance();
    }
    if (cancelled.contains(lock.getTicket())) {
      return refused(Errno.EINTR);
    }
    Long holder = locks.putIfAbsent(lock.getInode(), owner);
    if (holder == null || holder == owner) {
      return SetLockReply.newBuilder().setState(SetLockReply.State.GRANTED).build();
    }
    return lock.getWait()
        ? SetLockReply.newBuilder().setState(SetLockReply.State.WAITING).build()
        : refused(Errno.EAGAIN);
  }
}
