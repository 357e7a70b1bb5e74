package org.skep.simulation.flaw;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.skep.metadata.state.Keys;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.Disk;
import org.skep.runtime.port.DiskException;
import org.skep.simulation.Simulation;
import org.skep.simulation.Workloads;
import org.skep.simulation.cluster.Flaw;

/// A simulation that never fails proves nothing: each of these bugs has to be found, most within a
/// few dozen seeds.
class PlantedBugsTest {
  private static final int SEEDS_MAX = 60;

  /// A bug, and the workload that has to find it.
  enum Bug implements Flaw {
    /// fsync of chunk files does nothing.
    STORAGE_FORGETS_TO_SYNC(Workloads.DATA) {
      @Override
      public Disk disk(Disk disk) {
        return new DiskFlaw(disk) {
          @Override
          File wrap(File file) {
            return new FileFlaw(file) {
              @Override
              public void sync(boolean dataOnly) {}
            };
          }
        };
      }
    },

    /// A host that lost its power seems to be in the same life as before.
    LOSS_OF_THE_PAGE_CACHE_IS_NOT_SEEN(Workloads.DATA) {
      @Override
      public Disk disk(Disk disk) {
        return new DiskFlaw(disk) {
          @Override
          public long durability() {
            return 1;
          }
        };
      }
    },

    /// The last byte of long writes is lost.
    WRITES_ARE_SHORT(Workloads.DATA) {
      @Override
      public Disk disk(Disk disk) {
        return new DiskFlaw(disk) {
          @Override
          File wrap(File file) {
            return new FileFlaw(file) {
              @Override
              public void write(ByteBuffer from, long offset) throws IOException {
                boolean isLong = from.remaining() > 60_000;
                from.limit(from.limit() - (isLong ? 1 : 0));
                super.write(from, offset);
                from.limit(from.limit() + (isLong ? 1 : 0));
                from.position(from.limit());
              }
            };
          }
        };
      }
    },

    /// A member does not find at its start what was being changed at its end.
    THE_ACTIVITY_LOG_IS_FORGOTTEN(Workloads.ORPHAN, 400) {
      private static final int HEADER_BYTES = 4096;
      private static final int RECORD_BYTES = 64;

      @Override
      public Disk disk(Disk disk) {
        return new DiskFlaw(disk) {
          @Override
          File wrapActivityLog(File file) {
            return new FileFlaw(file) {
              @Override
              public void write(ByteBuffer from, long offset) throws IOException {
                if (offset >= HEADER_BYTES && from.remaining() == RECORD_BYTES) {
                  from.position(from.limit());
                } else {
                  super.write(from, offset);
                }
              }
            };
          }
        };
      }
    },

    /// Replies are not kept: a repeated request is carried out twice.
    REPLIES_ARE_FORGOTTEN(Workloads.NAMESPACE) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public void apply(Batch batch, boolean sync) throws DiskException {
            super.apply(without(Table.REPLIES, batch), sync);
          }
        };
      }
    },

    /// A participant does not find at its start what it has promised.
    INTENTS_ARE_FORGOTTEN(Workloads.NAMESPACE) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
            return super.scan(table, from, table == Table.INTENTS ? from : to);
          }
        };
      }
    },

    /// A coordinator does not write down what it has decided.
    DECISIONS_ARE_FORGOTTEN(Workloads.NAMESPACE) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public void apply(Batch batch, boolean sync) throws DiskException {
            super.apply(without(Table.DECISIONS, batch), sync);
          }
        };
      }
    },

    /// Synced batches are not on the disk.
    METADATA_FORGETS_TO_SYNC(Workloads.STORM) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public void apply(Batch batch, boolean sync) throws DiskException {
            super.apply(batch, false);
          }

          @Override
          public void sync() {}
        };
      }
    },

    /// What a chunk file is cut by is not on the disk when that is answered.
    CUTS_ARE_NOT_SYNCED(Workloads.DATA) {
      @Override
      public Disk disk(Disk disk) {
        return new DiskFlaw(disk) {
          @Override
          File wrap(File file) {
            return new FileFlaw(file) {
              private boolean cut;

              @Override
              public void truncate(long length) throws IOException {
                super.truncate(length);
                cut = true;
              }

              @Override
              public void sync(boolean dataOnly) throws IOException {
                if (!cut) {
                  super.sync(dataOnly);
                }
                cut = false;
              }
            };
          }
        };
      }
    },

    /// A shard that starts after a loss of power believes that more has survived than has.
    LOSS_OF_METADATA_IS_NOT_SEEN(Workloads.STORM) {
      private static final byte[] BATCH_NUMBER = {2};

      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public byte[] get(Table table, byte[] key) throws DiskException {
            byte[] value = super.get(table, key);
            boolean number = table == Table.META && Arrays.equals(key, BATCH_NUMBER);
            return number && value != null ? Keys.of(Keys.number(value, 0) + (1L << 31)) : value;
          }
        };
      }
    },

    /// Inodes seem to be gone in every fourth look: a sweep removes chunks of living files.
    INODES_ARE_OVERLOOKED(Workloads.DATA) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          private int looks;

          @Override
          public byte[] get(Table table, byte[] key) throws DiskException {
            boolean overlooked = table == Table.INODES && ++looks % 400 == 0;
            return overlooked ? null : super.get(table, key);
          }
        };
      }
    },

    /// Locks do not outlive the server.
    LOCKS_ARE_FORGOTTEN(Workloads.SESSIONS) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
            boolean all = Arrays.equals(from, Keys.first());
            return super.scan(table, from, table == Table.LOCKS && all ? from : to);
          }
        };
      }
    },

    /// Chunks of removed files are never removed.
    GARBAGE_STAYS(Workloads.SESSIONS) {
      @Override
      public KeyValueStore store(KeyValueStore store) {
        return new StoreFlaw(store) {
          @Override
          public Cursor scan(Table table, byte[] from, byte[] to) throws DiskException {
            return super.scan(table, from, table == Table.GARBAGE ? from : to);
          }
        };
      }
    };

    private final Workloads workload;

    private final int seedsMax;

    Bug(Workloads workload) {
      this(workload, SEEDS_MAX);
    }

    Bug(Workloads workload, int seedsMax) {
      this.workload = workload;
      this.seedsMax = seedsMax;
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_planted_bug_is_found(Bug bug) {
    assertThat(firstFailure(bug)).as("a failure within %d seeds", bug.seedsMax).isNotNull();
  }

  @Test
  void a_failure_says_how_to_repeat_it() {
    AssertionError failure = firstFailure(Bug.WRITES_ARE_SHORT);
    assertThat(failure)
        .hasMessageContaining("workload data, seed")
        .hasMessageContaining("./simulate --workload data --seed");
  }

  private static AssertionError firstFailure(Bug bug) {
    for (long seed = 1; seed <= bug.seedsMax; seed++) {
      try {
        Simulation.Outcome _ = Simulation.run(bug.workload, seed, bug, null);
      } catch (AssertionError e) {
        return e;
      }
    }
    return null;
  }
}
