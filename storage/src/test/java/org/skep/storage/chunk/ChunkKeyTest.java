package org.skep.storage.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.cluster.Ids;

class ChunkKeyTest {

  @Test
  void thePathIsMadeOfInodeAndStripe() {
    ChunkKey key = new ChunkKey(Ids.inode(0xffff, 0x123456789abL), 255);
    assertThat(key.path(ChunkStore.CHUNKS)).isEqualTo("chunks/67/89/ffff0123456789ab-255");
    assertThat(ChunkKey.ofFileName(key.fileName())).isEqualTo(key);
    assertThat(new ChunkKey(Ids.inode(1, 1), 0).path(ChunkStore.CHUNKS))
        .isEqualTo("chunks/00/00/0001000000000001-0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "x",
        "0001000000000001",
        "0001000000000001-",
        "0001000000000001-256",
        "0001000000000001--1",
        "0001000000000001-01",
        "0001000000000001-+1",
        "000100000000000G-0",
        "0000000000000001-0",
        "0001000000000000-0",
        "0001000000000001-0000",
        "+001000000000001-0",
        "0001000000000001-0.tmp",
        "000100000000000A-0",
        "lost+found"
      })
  void otherNamesAreNoChunkFiles(String name) {
    assertThat(ChunkKey.ofFileName(name)).isNull();
  }

  @Test
  void impossibleKeysAreRefused() {
    assertThatThrownBy(() -> new ChunkKey(0, 0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ChunkKey(Ids.inode(1, 1), 256))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ChunkKey(Ids.inode(1, 1), -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void filesMadeOneAfterTheOtherShareADirectory() {
    assertThat(new ChunkKey(Ids.inode(1, 0x1000), 0).directory(ChunkStore.CHUNKS))
        .isEqualTo(new ChunkKey(Ids.inode(1, 0x10ff), 3).directory(ChunkStore.CHUNKS))
        .isNotEqualTo(new ChunkKey(Ids.inode(1, 0x1100), 0).directory(ChunkStore.CHUNKS));
  }
}
