package org.skep.simulation.workload;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.Interruption;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.LockMessage;
import org.skep.wire.message.SetAttributesRequest;

/// An operation on an inode, open or not.
sealed interface FileStep extends Step {

  private static Set<Integer> goneRefusals(ModelTree tree, long inode) {
    return tree.node(inode) == null ? Step.errnos(Errno.ESTALE, Errno.ENOENT) : Set.of();
  }

  /// stat(2), compared with the model in everything that it has.
  record Stat(long inode) implements FileStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      Attributes attributes = files.attributes(inode);
      boolean regular = (attributes.getMode() & ModelTree.TYPE_MASK) == ModelTree.REGULAR;
      return new Result(
          inode,
          null,
          "%o %d %d"
              .formatted(
                  attributes.getMode(), attributes.getLinks(), regular ? attributes.getSize() : 0));
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return goneRefusals(tree, inode);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      ModelTree.Node node = tree.existing(inode);
      return "%o %d %d".formatted(node.mode, node.links, node.size).equals(result.text());
    }
  }

  /// truncate(2) of a regular file that has no bytes.
  record SetSize(long inode, long size) implements FileStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      Attributes _ =
          files.setAttributes(
              SetAttributesRequest.newBuilder()
                  .setInode(inode)
                  .setSize(size)
                  .setCaller(CALLER)
                  .build());
      return Result.NOTHING;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return goneRefusals(tree, inode);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      tree.existing(inode).size = size;
      return true;
    }
  }

  /// open(2); it stays open.
  record Open(Handles handles, long inode) implements FileStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      handles.opened(files.open(inode, OpenFlags.O_RDWR, CALLER));
      return Result.NOTHING;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return goneRefusals(tree, inode);
    }

    /// One without names can't be found any more, so whether it may be opened is not promised.
    @Override
    public Set<Integer> excuses(ModelTree tree) {
      ModelTree.Node node = tree.node(inode);
      return node != null && node.links == 0 ? Step.errnos(Errno.ESTALE, Errno.ENOENT) : Set.of();
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      tree.opened(inode, handles.client());
      return true;
    }
  }

  /// close(2), if it is open.
  record Close(Handles handles, long inode) implements FileStep {
    @Override
    public @Nullable Result perform(FileSystem files) throws ErrnoException {
      return handles.close(inode) ? Result.NOTHING : null;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return Set.of();
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      tree.closed(inode, handles.client());
      return true;
    }
  }

  /// A lock that is taken only if that needs no waiting, on a file that is open; a flock that is
  /// held is given up instead.
  ///
  /// @param exclusive null: it is given up
  record Lock(
      Handles handles, long inode, LockMessage.Family family, int part, @Nullable Boolean exclusive)
      implements FileStep {
    private static final long HALF = 1000;

    private ModelTree.LockPlace place() {
      return new ModelTree.LockPlace(handles.client(), family, part);
    }

    @Override
    public @Nullable Result perform(FileSystem files) throws ErrnoException {
      if (!handles.has(inode)) {
        return null;
      }
      boolean flock = family == LockMessage.Family.FLOCK;
      boolean givesUp = flock && handles.held(inode, place()) != null;
      @Nullable Boolean wanted = givesUp ? null : exclusive;
      LockMessage.Type type =
          wanted == null
              ? LockMessage.Type.UNLOCK
              : wanted ? LockMessage.Type.WRITE : LockMessage.Type.READ;
      LockMessage lock =
          LockMessage.newBuilder()
              .setType(type)
              .setFamily(family)
              .setOwner(500 + handles.client())
              .setStart(flock || part == 0 ? 0 : HALF)
              .setEnd(flock || part == 1 ? Long.MAX_VALUE : HALF - 1)
              .build();
      files.setLock(inode, lock, false, Interruption.NONE);
      handles.locked(inode, place(), wanted);
      return new Result(0, null, type.name());
    }

    /// Only when somebody else has it: whether that is so the answer says, see [#apply].
    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return Set.of();
    }

    @Override
    public Set<Integer> excuses(ModelTree tree) {
      return exclusive != null && isHeldByOthers(tree, exclusive)
          ? Step.errnos(Errno.EAGAIN)
          : Set.of();
    }

    private boolean isHeldByOthers(ModelTree tree, boolean alone) {
      return tree.existing(inode).locks.entrySet().stream()
          .anyMatch(held -> held.getKey().meets(place()) && (alone || held.getValue()));
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      ModelTree.Node node = tree.existing(inode);
      LockMessage.Type type = LockMessage.Type.valueOf(result.text());
      if (type == LockMessage.Type.UNLOCK) {
        node.locks.remove(place());
        return true;
      }
      boolean alone = type == LockMessage.Type.WRITE;
      node.locks.put(place(), alone);
      return !isHeldByOthers(tree, alone);
    }
  }
}
