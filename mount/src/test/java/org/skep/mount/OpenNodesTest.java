package org.skep.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;
import org.skep.client.OpenFile;
import org.skep.wire.message.Attributes;

class OpenNodesTest {
  private static final long INODE = 77;

  private final OpenNodes nodes = new OpenNodes();

  private static OpenFile file() {
    return (OpenFile)
        Proxy.newProxyInstance(
            OpenNodesTest.class.getClassLoader(),
            new Class<?>[] {OpenFile.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "inode" -> INODE;
                  case "created" -> false;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private Opening open(boolean writing) {
    return new Opening(file(), writing, nodes.opened(INODE, writing));
  }

  @Test
  void readers_use_the_page_cache_unless_somebody_writes() {
    Opening reader = open(false);
    assertThat(reader.cached()).isTrue();
    assertThat(nodes.hasCachedReaders(INODE)).isTrue();
    Opening writer = open(true);
    assertThat(writer.cached()).isFalse();
    assertThat(open(false).cached()).isFalse();
    nodes.closed(INODE, writer);
    assertThat(open(false).cached()).isTrue();
  }

  @Test
  void a_reader_that_came_beside_a_writer_may_be_the_last_to_close() {
    Opening writer = open(true);
    Opening reader = open(false);
    nodes.closed(INODE, writer);
    nodes.closed(INODE, reader);
    assertThat(nodes.hasCachedReaders(INODE)).isFalse();
    assertThatThrownBy(() -> nodes.closed(INODE, reader)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void pages_are_kept_only_for_the_version_they_were_read_from() {
    assertThat(nodes.keepCache(INODE, 5)).isFalse();
    assertThat(nodes.keepCache(INODE, 5)).isTrue();
    assertThat(nodes.keepCache(INODE, 6)).isFalse();
    assertThat(nodes.keepCache(INODE, 6)).isTrue();
  }

  @Test
  void privileges_are_dropped_once_for_each_time_they_were_given() {
    Opening opening = open(true);
    assertThat(nodes.takePrivileged(INODE)).isFalse();
    nodes.privileged(INODE);
    assertThat(nodes.takePrivileged(INODE)).isTrue();
    assertThat(nodes.takePrivileged(INODE)).isFalse();
    nodes.closed(INODE, opening);
  }

  @Test
  void what_is_left_of_a_removed_directory_lasts_as_long_as_it_is_open() {
    OpenDirectories directories = new OpenDirectories();
    Attributes before = Attributes.newBuilder().setInode(9).setLinks(2).setMode(040755).build();
    directories.removed(before);
    assertThat(directories.remains(9)).isNull();
    directories.opened(9);
    directories.opened(9);
    directories.removed(before);
    directories.closed(9);
    assertThat(directories.remains(9)).isEqualTo(before.toBuilder().setLinks(0).build());
    directories.closed(9);
    assertThat(directories.remains(9)).isNull();
    assertThat(directories.any()).isFalse();
  }

  @Test
  void names_are_wrapped_without_a_copy() {
    byte[] bytes = {1, (byte) 0xff, 2};
    assertThat(Nodes.name(bytes)).isEqualTo(ByteString.copyFrom(bytes));
  }
}
