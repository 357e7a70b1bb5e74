package org.skep.cli.ctl;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.skep.client.ErrnoException;
import org.skep.client.FileSystem;
import org.skep.client.system.ClusterClient;
import org.skep.cluster.Layout;
import org.skep.cluster.StripePattern;
import org.skep.wire.MalformedFrameException;
import org.skep.wire.MapCodec;
import org.skep.wire.message.Attributes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `--getentryinfo`: where a file or directory lives.
@Command(
    name = "--getentryinfo",
    mixinStandardHelpOptions = true,
    description = "Shows where a file or directory lives and how it is striped.",
    footer = {"", "Example:", "  skep ctl --getentryinfo mnt/file --verbose"})
final class GetEntryInfo extends EntryCommand {
  /// A directory's list is asked for only to learn its parent.
  private static final int LIST_BYTES = 4096;

  @Option(names = "--verbose", description = "Shows more: parent, inode number, size.")
  private boolean verbose;

  GetEntryInfo() {}

  @Override
  void run(ClusterClient client, Path fromRoot) throws ErrnoException {
    FileSystem files = client.fileSystem();
    Attributes attributes = find(files, fromRoot);
    EntryText.Type type = EntryText.Type.of(attributes.getMode());
    boolean directory = type == EntryText.Type.DIRECTORY;
    try {
      @Nullable Layout layout = attributes.hasLayout() ? MapCodec.of(attributes.getLayout()) : null;
      @Nullable StripePattern pattern =
          directory ? MapCodec.of(files.pattern(attributes.getInode())) : null;
      long parent =
          directory && verbose
              ? files.readDirectory(attributes.getInode(), 0, 0, LIST_BYTES, false).getParent()
              : 0;
      EntryText.Entry entry =
          new EntryText.Entry(
              attributes.getInode(), type, parent, attributes.getSize(), layout, pattern);
      print(EntryText.lines(entry, client.maps().current(), verbose));
    } catch (MalformedFrameException e) {
      throw new IllegalStateException("a server's answer makes no sense", e);
    }
  }
}
