package org.skep.metadata.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LockTableTest {
  private static final long END = Long.MAX_VALUE;

  private static HeldLock read(long owner, long start, long end) {
    return HeldLock.fcntl(1, owner, false, start, end, 0);
  }

  private static HeldLock write(long owner, long start, long end) {
    return HeldLock.fcntl(1, owner, true, start, end, 0);
  }

  private static LockTable table(HeldLock... locks) {
    return LockTable.of(List.of(locks));
  }

  private static LockOwner owner(long number) {
    return new LockOwner(LockFamily.FCNTL, 1, number);
  }

  @Test
  void neighboursOfOneTypeBecomeOneRange() {
    LockTable table = table(write(1, 0, 9), write(1, 20, 29));

    LockChange change = table.set(write(1, 10, 19));

    assertThat(change.table()).isEqualTo(table(write(1, 0, 29)));
    assertThat(change.removed()).containsExactly(write(1, 0, 9), write(1, 20, 29));
    assertThat(change.added()).containsExactly(write(1, 0, 29));
  }

  @Test
  void downgradeInTheMiddleSplits() {
    LockChange change = table(write(1, 0, END)).set(read(1, 10, 19));

    assertThat(change.table()).isEqualTo(table(write(1, 0, 9), read(1, 10, 19), write(1, 20, END)));
  }

  @Test
  void unlockInTheMiddleSplits() {
    LockChange change = table(read(1, 0, END), read(2, 5, 6)).unlock(owner(1), 10, 19);

    assertThat(change.table()).isEqualTo(table(read(1, 0, 9), read(1, 20, END), read(2, 5, 6)));
    assertThat(change.removed()).containsExactly(read(1, 0, END));
    assertThat(change.added()).containsExactly(read(1, 0, 9), read(1, 20, END));
  }

  @Test
  void settingWhatIsHeldChangesNothing() {
    assertThat(table(read(1, 0, 99)).set(read(1, 10, 19)).changed()).isFalse();
    assertThat(table(read(1, 0, 99)).unlock(owner(1), 100, END).changed()).isFalse();
    assertThat(table(read(1, 0, 99)).unlock(owner(2), 0, END).changed()).isFalse();
  }

  @Test
  void theConflictGivenIsTheFirstInTheFile() {
    LockTable table = table(read(1, 50, 59), read(2, 10, 19), read(3, 30, 39));

    assertThat(table.conflict(write(4, 15, END))).isEqualTo(read(2, 10, 19));
    assertThat(table.conflict(write(2, 15, END))).isEqualTo(read(3, 30, 39));
    assertThat(table.conflict(read(4, 0, END))).isNull();
    assertThat(table.blockers(write(3, 0, END))).containsExactlyInAnyOrder(owner(1), owner(2));
  }

  @Test
  void ownersOfDifferentClientsAreDifferent() {
    LockTable table = table(HeldLock.fcntl(1, 7, true, 0, END, 0));

    assertThat(table.conflict(HeldLock.fcntl(2, 7, false, 5, 5, 0))).isNotNull();
  }

  @Test
  void theFamiliesAreIndependent() {
    LockTable table = table(write(1, 0, END));
    HeldLock flock = HeldLock.flock(2, 9, true, 0);

    assertThat(table.conflict(flock)).isNull();
    LockTable both = table.set(flock).table();
    assertThat(both.size()).isEqualTo(2);
    assertThat(both.conflict(HeldLock.flock(1, 1, false, 0))).isEqualTo(flock);
    assertThat(both.release(owner(1)).table()).isEqualTo(table(flock));
  }

  @Test
  void flockConvertsByReplacing() {
    HeldLock shared = HeldLock.flock(1, 1, false, 0);
    HeldLock exclusive = HeldLock.flock(1, 1, true, 0);
    LockTable table = table(shared);

    assertThat(table.toConvert(exclusive)).isEqualTo(shared);
    assertThat(table.toConvert(shared)).isNull();
    assertThat(table.toConvert(HeldLock.flock(1, 2, true, 0))).isNull();
    assertThat(table.set(exclusive).table()).isEqualTo(table(exclusive));
  }

  @Test
  void settingAgainstAConflictIsABrokenInvariant() {
    assertThatThrownBy(() -> table(read(1, 0, 5)).set(write(2, 5, 6)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void storedLocksOfOneOwnerMustNotOverlap() {
    assertThatThrownBy(() -> table(read(1, 0, 5), write(1, 5, 6)))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aClientsLocksEndTogether() {
    LockTable table =
        table(
            read(1, 0, 5),
            HeldLock.fcntl(2, 1, false, 0, 5, 0),
            HeldLock.flock(1, 1, false, 0),
            HeldLock.flock(2, 1, false, 0));

    LockChange change = table.releaseClient(1);

    assertThat(change.removed()).hasSize(2);
    assertThat(change.table().locks()).allMatch(lock -> lock.owner().client() == 2);
  }

  @Test
  void thereIsALimitOfRanges() {
    List<HeldLock> many = new ArrayList<>();
    for (int i = 0; i < LockTable.RANGES_MAX - 1; i++) {
      many.add(read(1, 4L * i, 4L * i + 2));
    }
    LockTable almost = LockTable.of(many);
    LockChange last = almost.set(read(2, 0, 0));
    LockTable full = last.table();

    assertThat(last.withinLimit()).isTrue();
    assertThat(full.set(read(3, 0, 0)).withinLimit()).isFalse();
    assertThat(full.unlock(owner(1), 1, 1).withinLimit()).isFalse();
    assertThat(full.unlock(owner(1), 0, 2).withinLimit()).isTrue();
    assertThat(full.set(read(1, 0, 10)).withinLimit()).isTrue();
  }

  @Test
  void recordsComeBackAsTheyWere() {
    long inode = 0x8001_0000_0000_0007L;
    for (HeldLock lock :
        List.of(
            HeldLock.fcntl(-5, -7, true, 3, END, -1), HeldLock.flock(4, 1L << 63, false, 12345))) {
      byte[] key = LockCodec.key(inode, lock);
      assertThat(LockCodec.inode(key)).isEqualTo(inode);
      assertThat(LockCodec.decode(key, LockCodec.value(lock))).isEqualTo(lock);
    }
    byte[] key = LockCodec.key(inode, read(1, 0, 5));
    assertThatThrownBy(() -> LockCodec.decode(key, new byte[14]))
        .isInstanceOf(IllegalStateException.class);
  }

  /// Every byte of a small file by itself: 0 free, 1 read, 2 written, for each owner.
  private static final class Model {
    private static final int BYTES = 24;
    private final Map<Long, int[]> owners = new HashMap<>();

    private int[] of(long owner) {
      return owners.computeIfAbsent(owner, o -> new int[BYTES]);
    }

    boolean conflicts(long owner, boolean exclusive, int start, int end) {
      for (Map.Entry<Long, int[]> other : owners.entrySet()) {
        for (int i = start; i <= end && other.getKey() != owner; i++) {
          if (other.getValue()[i] == 2 || (exclusive && other.getValue()[i] == 1)) {
            return true;
          }
        }
      }
      return false;
    }

    void put(long owner, int state, int start, int end) {
      for (int i = start; i <= end; i++) {
        of(owner)[i] = state;
      }
    }

    /// The fewest ranges that say the same.
    List<HeldLock> ranges() {
      List<HeldLock> ranges = new ArrayList<>();
      owners.forEach((owner, bytes) -> {
        for (int i = 0; i < BYTES; i++) {
          int start = i;
          while (i + 1 < BYTES && bytes[i + 1] == bytes[start]) {
            i++;
          }
          if (bytes[start] != 0) {
            ranges.add(HeldLock.fcntl(1, owner, bytes[start] == 2, start, i, 0));
          }
        }
      });
      return ranges;
    }
  }

  @Test
  void tableAndStoredRecordsAgreeWithAModelOfSingleBytes() {
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      Model model = new Model();
      LockTable table = LockTable.EMPTY;
      Set<HeldLock> stored = new HashSet<>();
      for (int step = 0; step < 500; step++) {
        long owner = random.nextInt(4);
        int start = random.nextInt(Model.BYTES);
        int end = start + random.nextInt(Model.BYTES - start);
        int state = random.nextInt(3);
        LockChange change;
        if (state == 0) {
          change = table.unlock(owner(owner), start, end);
        } else {
          HeldLock wanted = HeldLock.fcntl(1, owner, state == 2, start, end, 0);
          boolean conflict = model.conflicts(owner, state == 2, start, end);
          assertThat(table.conflict(wanted) != null).as("seed %d", seed).isEqualTo(conflict);
          assertThat(table.blockers(wanted).isEmpty()).isEqualTo(!conflict);
          if (conflict) {
            continue;
          }
          change = table.set(wanted);
        }
        model.put(owner, state, start, end);
        assertThat(stored).containsAll(change.removed());
        stored.removeAll(change.removed());
        assertThat(Collections.disjoint(stored, change.added())).as("seed %d", seed).isTrue();
        stored.addAll(change.added());
        table = change.table();
        assertThat(table).as("seed %d step %d", seed, step).isEqualTo(LockTable.of(stored));
        assertThat(table).as("seed %d step %d", seed, step).isEqualTo(LockTable.of(model.ranges()));
      }
    }
  }
}
