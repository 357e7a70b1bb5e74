package org.skep.metadata.twin;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.Ids;
import org.skep.metadata.state.Call;
import org.skep.wire.Answer;
import org.skep.wire.Operation;
import org.skep.wire.Operations;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.Caller;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.Empty;
import org.skep.wire.message.Entry;
import org.skep.wire.message.GetAttributesReply;
import org.skep.wire.message.GetAttributesRequest;
import org.skep.wire.message.LinkRequest;
import org.skep.wire.message.LookupRequest;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.ReadDirectoryRequest;
import org.skep.wire.message.RemoveDirectoryRequest;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.UnlinkRequest;

/// One client of some shards. Each change gets the next sequence number; [#again] repeats the last
/// one. Used by one thread.
public final class TreeClient {
  public static final Caller USER = Caller.newBuilder().setUid(1000).setGid(100).build();

  private final Shards cluster;
  private final long client;
  private long sequence;

  /// Who answers.
  public interface Shards {
    <Q extends MessageLite, R extends MessageLite> Answer<R> ask(
        int shard, Operation<Q, R> operation, Q request, Call call);
  }

  public TreeClient(Shards cluster, long client) {
    this.cluster = cluster;
    this.client = client;
  }

  public static ByteString bytes(String name) {
    return ByteString.copyFromUtf8(name);
  }

  /// The next change has the number of the last one.
  public void again() {
    sequence--;
  }

  public <Q extends MessageLite, R extends MessageLite> Answer<R> change(
      long inode, Operation<Q, R> operation, Q request) {
    sequence++;
    Call call = new Call(operation.code(), client, sequence, sequence);
    return cluster.ask(Ids.shardOf(inode), operation, request, call);
  }

  public <Q extends MessageLite, R extends MessageLite> Answer<R> read(
      long inode, Operation<Q, R> operation, Q request) {
    return cluster.ask(
        Ids.shardOf(inode), operation, request, new Call(operation.code(), client, 0, 0));
  }

  /// The reply of what must succeed.
  public static <R> R done(Answer<R> answer) {
    return switch (answer) {
      case Answer.Done<R>(R reply, int _, long _) -> reply;
      case Answer.Refused<R>(var failure) -> throw new AssertionError("refused: " + failure);
    };
  }

  public Answer<Entry> makeFile(long parent, String name) {
    return change(
        parent,
        Operations.MAKE_NODE,
        MakeNodeRequest.newBuilder()
            .setParent(parent)
            .setName(bytes(name))
            .setMode(0644)
            .setCaller(USER)
            .build());
  }

  /// @param shard 0: anywhere
  public Answer<Entry> makeDirectory(long parent, String name, int shard) {
    return change(
        parent,
        Operations.MAKE_DIRECTORY,
        MakeDirectoryRequest.newBuilder()
            .setParent(parent)
            .setName(bytes(name))
            .setMode(0755)
            .setShard(shard)
            .setCaller(USER)
            .build());
  }

  public Answer<Empty> unlink(long parent, String name) {
    return change(
        parent,
        Operations.UNLINK,
        UnlinkRequest.newBuilder().setParent(parent).setName(bytes(name)).build());
  }

  public Answer<Empty> removeDirectory(long parent, String name) {
    return change(
        parent,
        Operations.REMOVE_DIRECTORY,
        RemoveDirectoryRequest.newBuilder().setParent(parent).setName(bytes(name)).build());
  }

  public Answer<Entry> link(long inode, long parent, String name) {
    return change(
        parent,
        Operations.LINK,
        LinkRequest.newBuilder()
            .setInode(inode)
            .setNewParent(parent)
            .setNewName(bytes(name))
            .build());
  }

  public Answer<Empty> rename(
      long oldParent, String oldName, long newParent, String newName, int flags) {
    return change(
        newParent,
        Operations.RENAME,
        RenameRequest.newBuilder()
            .setOldParent(oldParent)
            .setOldName(bytes(oldName))
            .setNewParent(newParent)
            .setNewName(bytes(newName))
            .setFlags(flags)
            .build());
  }

  public Answer<Entry> lookup(long parent, String name) {
    return read(
        parent,
        Operations.LOOKUP,
        LookupRequest.newBuilder().setParent(parent).setName(bytes(name)).build());
  }

  public Attributes attributes(long inode) {
    GetAttributesReply reply =
        done(
            read(
                inode,
                Operations.GET_ATTRIBUTES,
                GetAttributesRequest.newBuilder().addInodes(inode).build()));
    if (reply.getAttributesCount() != 1) {
      throw new AssertionError("no inode " + Ids.text(inode));
    }
    return reply.getAttributes(0);
  }

  /// All entries, read in small pieces.
  public List<DirectoryEntry> list(long directory, int piece) {
    List<DirectoryEntry> entries = new ArrayList<>();
    long cookie = 0;
    long end = 0;
    while (true) {
      ReadDirectoryReply reply =
          done(
              read(
                  directory,
                  Operations.READ_DIRECTORY,
                  ReadDirectoryRequest.newBuilder()
                      .setInode(directory)
                      .setCookie(cookie)
                      .setEndCookie(end)
                      .setEntriesMax(piece)
                      .build()));
      entries.addAll(reply.getEntriesList());
      if (reply.getEnd()) {
        return entries;
      }
      cookie = entries.getLast().getCookie();
      end = reply.getEndCookie();
    }
  }
}
