package org.skep.metadata.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Table;

class BatchCodecTest {

  private static List<String> steps(Batch batch) {
    List<String> steps = new ArrayList<>();
    HexFormat hex = HexFormat.of();
    batch.replay(
        new Batch.Sink<RuntimeException>() {
          @Override
          public void put(Table table, byte[] key, byte[] value) {
            steps.add("put " + table + hex.formatHex(key) + "=" + hex.formatHex(value));
          }

          @Override
          public void delete(Table table, byte[] key) {
            steps.add("delete " + table + hex.formatHex(key));
          }

          @Override
          public void deleteRange(Table table, byte[] from, byte[] to) {
            steps.add("range " + table + hex.formatHex(from) + "-" + hex.formatHex(to));
          }
        });
    return steps;
  }

  private static Batch sample() {
    Batch batch = new Batch();
    batch.put(Table.META, new byte[] {1}, new byte[0]);
    batch.put(Table.XATTRS, new byte[263], new byte[65_536]);
    batch.delete(Table.ENTRIES, Keys.of(7));
    batch.deleteRange(Table.REPLIES, Keys.first(), Keys.end());
    batch.put(Table.DECISIONS, Keys.of(1, 2), Keys.of(3));
    return batch;
  }

  @Test
  void decodingGivesTheStepsThatWereEncoded() throws RefusedException {
    Batch batch = sample();
    assertThat(steps(BatchCodec.decode(BatchCodec.encode(batch)))).isEqualTo(steps(batch));
    assertThat(steps(BatchCodec.decode(BatchCodec.encode(new Batch())))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LOG")
  void eachTableHasItsNumber(Table table) throws RefusedException {
    assertThat(BatchCodec.number(table)).isPositive();
    assertThat(BatchCodec.table(BatchCodec.number(table))).isEqualTo(table);
  }

  /// On disk and on the wire: must stay as they are.
  @Test
  void theBytesAreThese() {
    Batch batch = new Batch();
    batch.put(Table.INODES, new byte[] {5}, new byte[] {6, 7});
    batch.delete(Table.DECISIONS, new byte[] {8});
    assertThat(BatchCodec.encode(batch))
        .containsExactly(1, 1, 2, 0, 1, 5, 0, 0, 0, 2, 6, 7, 2, 14, 0, 1, 8);
  }

  @Test
  void theLogIsNotForOthers() {
    Batch batch = new Batch();
    batch.delete(Table.LOG, Keys.of(1));
    assertThatThrownBy(() -> BatchCodec.encode(batch)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BatchCodec.decode(new byte[] {1, 2, 15, 0, 0}))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void whatIsCutOffIsRefused() throws RefusedException {
    Batch batch = new Batch();
    batch.put(Table.INODES, Keys.of(5), Keys.of(6));
    byte[] encoded = BatchCodec.encode(batch);
    for (int length = 0; length < encoded.length; length++) {
      byte[] cut = Arrays.copyOf(encoded, length);
      if (length == 1) {
        assertThat(BatchCodec.decode(cut).isEmpty()).isTrue();
      } else {
        assertThatThrownBy(() -> BatchCodec.decode(cut)).isInstanceOf(RefusedException.class);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "02",
        "00",
        "0100",
        "010001",
        "01010000000000000000",
        "010101000100ffffffff",
        "0104020000",
        "010102ffff00",
        "01010200010500000002ff",
        "0101ff0000",
        "01037f0000"
      })
  void whatIsNotABatchIsRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> BatchCodec.decode(bytes)).isInstanceOf(RefusedException.class);
  }
}
