package org.skep.simulation.workload;

import com.google.protobuf.ByteString;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.OpenFile;
import org.skep.linux.Errno;
import org.skep.linux.OpenFlags;
import org.skep.wire.message.Attributes;
import org.skep.wire.message.CreateRequest;
import org.skep.wire.message.DirectoryEntry;
import org.skep.wire.message.MakeDirectoryRequest;
import org.skep.wire.message.MakeNodeRequest;
import org.skep.wire.message.ReadDirectoryReply;
import org.skep.wire.message.RenameRequest;
import org.skep.wire.message.SetAttributesRequest;
import org.skep.wire.message.SetXattrRequest;

/// An operation on names.
sealed interface NameStep extends Step {
  int NOREPLACE = 1;
  int EXCHANGE = 2;

  private static Set<Integer> parentRefusals(ModelTree tree, long parent) {
    ModelTree.Node node = tree.node(parent);
    if (node == null) {
      return Step.errnos(Errno.ENOENT, Errno.ESTALE);
    }
    return node.isDirectory() ? Set.of() : Step.errnos(Errno.ENOTDIR);
  }

  private static Set<Integer> makeRefusals(ModelTree tree, long parent, ByteString name) {
    Set<Integer> refusals = parentRefusals(tree, parent);
    return refusals.isEmpty() && tree.entry(parent, name) != null
        ? Step.errnos(Errno.EEXIST)
        : refusals;
  }

  /// Makes a regular file or a symlink.
  record MakeNode(long parent, ByteString name, int mode) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      MakeNodeRequest.Builder request =
          MakeNodeRequest.newBuilder()
              .setParent(parent)
              .setName(name)
              .setMode(mode)
              .setCaller(CALLER);
      if ((mode & ModelTree.TYPE_MASK) == ModelTree.SYMLINK) {
        request.setSymlinkTarget(ByteString.copyFromUtf8("where/ever"));
      }
      return new Result(files.makeNode(request.build()).getInode(), null);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return makeRefusals(tree, parent, name);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      if (tree.node(result.inode()) != null) {
        return false;
      }
      tree.add(parent, name, result.inode(), new ModelTree.Node(mode, 1, 0));
      return true;
    }
  }

  /// open(2) with O_CREAT and O_EXCL, and close(2).
  record Create(long parent, ByteString name, int mode) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      OpenFile opened =
          files.create(
              CreateRequest.newBuilder()
                  .setParent(parent)
                  .setName(name)
                  .setMode(mode)
                  .setExclusive(true)
                  .setOpenFlags(OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL)
                  .setCaller(CALLER)
                  .build());
      opened.close();
      return new Result(opened.inode(), null);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return makeRefusals(tree, parent, name);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      return new MakeNode(parent, name, mode).apply(tree, result);
    }
  }

  /// @param shard where it is to live; 0: anywhere
  record MakeDirectory(long parent, ByteString name, int mode, int shard) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      Attributes made =
          files.makeDirectory(
              MakeDirectoryRequest.newBuilder()
                  .setParent(parent)
                  .setName(name)
                  .setMode(mode)
                  .setShard(shard)
                  .setCaller(CALLER)
                  .build());
      return new Result(made.getInode(), null);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return makeRefusals(tree, parent, name);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      if (tree.node(result.inode()) != null) {
        return false;
      }
      ModelTree.Node made = new ModelTree.Node(ModelTree.DIRECTORY | mode, 2, parent);
      tree.add(parent, name, result.inode(), made);
      return true;
    }
  }

  /// Another name for an inode.
  record Link(long inode, long parent, ByteString name) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      return new Result(files.link(inode, parent, name).getInode(), null);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      Set<Integer> refusals = new TreeSet<>(makeRefusals(tree, parent, name));
      ModelTree.Node node = tree.node(inode);
      if (node == null) {
        refusals.addAll(Step.errnos(Errno.ENOENT, Errno.ESTALE));
      } else if (node.isDirectory()) {
        refusals.addAll(Step.errnos(Errno.EPERM));
      } else if (node.links == 0) {
        refusals.addAll(Step.errnos(Errno.ENOENT, Errno.ESTALE));
      }
      return refusals;
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      tree.putEntry(parent, name, inode);
      tree.existing(inode).links++;
      return result.inode() == inode;
    }
  }

  /// unlink(2).
  record Unlink(long parent, ByteString name) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      files.unlink(parent, name);
      return Result.NOTHING;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      Set<Integer> refusals = parentRefusals(tree, parent);
      if (!refusals.isEmpty()) {
        return refusals;
      }
      Long inode = tree.entry(parent, name);
      if (inode == null) {
        return Step.errnos(Errno.ENOENT);
      }
      return tree.existing(inode).isDirectory() ? Step.errnos(Errno.EISDIR, Errno.EPERM) : Set.of();
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      Long inode = tree.entry(parent, name);
      tree.removeEntry(parent, name);
      tree.dropLink(inode == null ? 0 : inode);
      return true;
    }
  }

  /// rmdir(2).
  record RemoveDirectory(long parent, ByteString name) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      files.removeDirectory(parent, name);
      return Result.NOTHING;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      Set<Integer> refusals = parentRefusals(tree, parent);
      if (!refusals.isEmpty()) {
        return refusals;
      }
      Long inode = tree.entry(parent, name);
      if (inode == null) {
        return Step.errnos(Errno.ENOENT);
      }
      ModelTree.Node node = tree.existing(inode);
      if (!node.isDirectory()) {
        return Step.errnos(Errno.ENOTDIR);
      }
      return node.entries.isEmpty() ? Set.of() : Step.errnos(Errno.ENOTEMPTY);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      return new Unlink(parent, name).apply(tree, result);
    }
  }

  /// renameat2(2).
  record Rename(long oldParent, ByteString oldName, long newParent, ByteString newName, int flags)
      implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      files.rename(request());
      return Result.NOTHING;
    }

    RenameRequest request() {
      return RenameRequest.newBuilder()
          .setOldParent(oldParent)
          .setOldName(oldName)
          .setNewParent(newParent)
          .setNewName(newName)
          .setFlags(flags)
          .build();
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      Set<Integer> refusals = new TreeSet<>(parentRefusals(tree, oldParent));
      refusals.addAll(parentRefusals(tree, newParent));
      if (!refusals.isEmpty()) {
        return refusals;
      }
      Long source = tree.entry(oldParent, oldName);
      Long target = tree.entry(newParent, newName);
      if (source == null) {
        refusals.addAll(Step.errnos(Errno.ENOENT));
      } else if (tree.existing(source).isDirectory() && tree.isWithin(newParent, source)) {
        refusals.addAll(Step.errnos(Errno.EINVAL));
      }
      if (flags == EXCHANGE) {
        exchangeRefusals(tree, target, refusals);
      } else if (target != null) {
        replaceRefusals(tree, source, target, refusals);
      }
      return refusals;
    }

    private void exchangeRefusals(ModelTree tree, @Nullable Long target, Set<Integer> refusals) {
      if (target == null) {
        refusals.addAll(Step.errnos(Errno.ENOENT));
      } else if (tree.existing(target).isDirectory() && tree.isWithin(oldParent, target)) {
        refusals.addAll(Step.errnos(Errno.EINVAL));
      }
    }

    private void replaceRefusals(
        ModelTree tree, @Nullable Long source, long target, Set<Integer> refusals) {
      if (flags == NOREPLACE) {
        refusals.addAll(Step.errnos(Errno.EEXIST));
      }
      ModelTree.Node replaced = tree.existing(target);
      if (replaced.isDirectory() && tree.isWithin(oldParent, target)) {
        refusals.addAll(Step.errnos(Errno.ENOTEMPTY));
      }
      if (source == null || source == target) {
        return;
      }
      boolean moved = tree.existing(source).isDirectory();
      if (moved && !replaced.isDirectory()) {
        refusals.addAll(Step.errnos(Errno.ENOTDIR));
      } else if (!moved && replaced.isDirectory()) {
        refusals.addAll(Step.errnos(Errno.EISDIR));
      } else if (moved && !replaced.entries.isEmpty()) {
        refusals.addAll(Step.errnos(Errno.ENOTEMPTY));
      }
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      Long source = tree.entry(oldParent, oldName);
      Long target = tree.entry(newParent, newName);
      if (source == null || source.equals(target)) {
        return source != null; // two names of one inode: nothing happens
      }
      tree.removeEntry(oldParent, oldName);
      if (target != null) {
        tree.removeEntry(newParent, newName);
      }
      tree.putEntry(newParent, newName, source);
      if (target != null && flags == EXCHANGE) {
        tree.putEntry(oldParent, oldName, target);
      } else if (target != null) {
        tree.dropLink(target);
      }
      return true;
    }
  }

  /// Finds a name.
  record Lookup(long parent, ByteString name) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      return new Result(files.lookup(parent, name).getInode(), null);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      Set<Integer> refusals = parentRefusals(tree, parent);
      return refusals.isEmpty() && tree.entry(parent, name) == null
          ? Step.errnos(Errno.ENOENT)
          : refusals;
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      Long inode = tree.entry(parent, name);
      return inode != null && inode == result.inode();
    }
  }

  /// Lists a directory that fits into one answer.
  record List(long directory) implements NameStep {
    private static final int BYTES_MAX = 1 << 16;

    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      TreeMap<ByteString, Long> listing =
          new TreeMap<>(ByteString.unsignedLexicographicalComparator());
      ReadDirectoryReply reply = files.readDirectory(directory, 0, 0, BYTES_MAX, false);
      for (DirectoryEntry entry : reply.getEntriesList()) {
        if (listing.put(entry.getName(), entry.getInode()) != null) {
          throw new AssertionError(entry.getName().toStringUtf8() + " is listed twice");
        }
      }
      return new Result(0, listing);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return parentRefusals(tree, directory);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      return tree.existing(directory).entries.equals(result.listing());
    }
  }

  /// chmod(2).
  record ChangeMode(long inode, int mode) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      return new Result(
          files
              .setAttributes(
                  SetAttributesRequest.newBuilder()
                      .setInode(inode)
                      .setMode(mode)
                      .setCaller(CALLER)
                      .build())
              .getInode(),
          null);
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return tree.node(inode) == null ? Step.errnos(Errno.ESTALE, Errno.ENOENT) : Set.of();
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      ModelTree.Node node = tree.existing(inode);
      node.mode = (node.mode & ModelTree.TYPE_MASK) | mode;
      return result.inode() == inode;
    }
  }

  /// setxattr(2) of a user attribute.
  record SetXattr(long inode, ByteString name, ByteString value) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      files.setXattr(
          SetXattrRequest.newBuilder()
              .setInode(inode)
              .setName(name)
              .setValue(value)
              .setCaller(CALLER)
              .build());
      return Result.NOTHING;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      return tree.node(inode) == null ? Step.errnos(Errno.ESTALE, Errno.ENOENT) : Set.of();
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      tree.existing(inode).xattrs.put(name, value);
      return true;
    }
  }

  /// removexattr(2).
  record RemoveXattr(long inode, ByteString name) implements NameStep {
    @Override
    public Result perform(FileSystem files) throws ErrnoException {
      files.removeXattr(inode, name);
      return Result.NOTHING;
    }

    @Override
    public Set<Integer> refusals(ModelTree tree) {
      ModelTree.Node node = tree.node(inode);
      if (node == null) {
        return Step.errnos(Errno.ESTALE, Errno.ENOENT);
      }
      return node.xattrs.containsKey(name) ? Set.of() : Step.errnos(Errno.ENODATA);
    }

    @Override
    public boolean apply(ModelTree tree, Result result) {
      tree.existing(inode).xattrs.remove(name);
      return true;
    }
  }
}
