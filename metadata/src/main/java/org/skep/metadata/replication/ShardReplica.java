package org.skep.metadata.replication;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;
import org.skep.metadata.state.BatchLives;
import org.skep.metadata.state.Keys;
import org.skep.metadata.state.RefusedException;
import org.skep.metadata.store.Batch;
import org.skep.metadata.store.Cursor;
import org.skep.metadata.store.KeyValueStore;
import org.skep.metadata.store.Table;
import org.skep.runtime.port.DiskException;
import org.skep.wire.Failure;

/// The secondary's side of a shard: a store that follows the primary. Any thread may call it. What
/// it is told is checked; a [RefusedException] is *malformed*, or EBUSY for what does not fit with
/// where a resync is.
///
/// | state | means | takes batches |
/// | --- | --- | --- |
/// | whole | has exactly the batches up to [#last] | yes |
/// | copying | content is being replaced ([#beginCopy]) | no |
/// | copied | [#endCopy] was called: the log from [#last] on makes it whole | yes, until [#finish] makes it whole |
///
/// The states are durable. After an error of the disk other than ENOSPC it refuses everything until
/// the store is opened anew.
public final class ShardReplica {

  /// Keys that a tail may have touched, and their bytes.
  public static final int TAIL_KEYS_MAX = 100_000;

  public static final int TAIL_BYTES_MAX = 4 << 20;

  /// Keys of a range whose digest is asked for.
  public static final int DIGEST_KEYS_MAX = 10_000;

  private static final byte[] NOW_COPYING = {1};
  private static final byte[] NOW_COPIED = {2};
  private static final int READ_BATCHES = 1_000;

  /// A range may hold far more keys here than at the primary.
  private static final int CHANGES_MAX = 10_000;

  private enum State {
    WHOLE,
    COPYING,
    COPIED
  }

  private final KeyValueStore store;
  private final LogTable log;
  private final ContentReader reader;

  /// Orders changes of the store.
  private final ReentrantLock lock = new ReentrantLock();

  // changed with lock held
  private volatile long last;
  private volatile State state;
  private volatile @Nullable DiskException broken;

  private ShardReplica(KeyValueStore store, LogTable log, long last, State state) {
    this.store = store;
    this.log = log;
    reader = new ContentReader(store);
    this.last = last;
    this.state = state;
  }

  /// @param store of the target; belongs to the caller. Nobody else changes it as long as this is
  ///   used
  public static ShardReplica open(KeyValueStore store) throws DiskException {
    byte[] number = store.get(Table.META, Keys.batchNumber());
    byte[] mark = store.get(Table.META, Keys.copying());
    State state =
        mark == null ? State.WHOLE : Arrays.equals(mark, NOW_COPIED) ? State.COPIED : State.COPYING;
    return new ShardReplica(
        store, LogTable.open(store), number == null ? 0 : Keys.number(number, 0), state);
  }

  /// Whose content it holds, 0 if it has none.
  public int shard() throws DiskException {
    byte[] format = store.get(Table.META, Keys.format());
    return format == null ? 0 : (int) Keys.number(format, 8);
  }

  /// The number of the last batch, 0 if there is none.
  public long last() {
    return last;
  }

  /// The lives of the content, for [ResyncTarget.Holding].
  public byte[] lives() throws DiskException {
    byte[] lives = store.get(Table.META, Keys.lives());
    return lives == null ? new byte[0] : lives;
  }

  /// Whether a copy was begun and is not whole yet.
  public boolean isCopying() {
    return state != State.WHOLE;
  }

  public LogTable log() {
    return log;
  }

  /// Applies batches that follow on each other, if they follow on the last one; those that are here
  /// already are skipped.
  ///
  /// @param previous number of the batch before the first one
  /// @param batches none: only says the last number
  /// @param sync return when all that was here when it was called is on the disk
  /// @throws DiskException ENOSPC: nothing was applied
  public Appended append(long previous, List<LoggedBatch> batches, boolean sync)
      throws RefusedException, DiskException {
    Appended answer;
    lock.lock();
    try {
      checkUsable();
      if (state == State.COPYING) {
        throw busy("its content is being replaced");
      }
      answer = appendHere(previous, batches);
    } finally {
      lock.unlock();
    }
    if (sync) {
      sync();
    }
    return answer;
  }

  private Appended appendHere(long previous, List<LoggedBatch> batches)
      throws RefusedException, DiskException {
    long before = previous;
    for (LoggedBatch batch : batches) {
      if (batch.number() <= before) {
        throw new RefusedException(
            Failure.malformed("batch " + batch.number() + " behind " + before));
      }
      before = batch.number();
    }
    if (batches.isEmpty() || before <= last) {
      return new Appended(last, false);
    }
    // `last` must be one of them or the one before, else two stories differ.
    int first = 0;
    long end = previous;
    while (end < last) {
      end = batches.get(first++).number();
    }
    if (end != last) {
      return new Appended(last, true);
    }
    Batch all = new Batch();
    LogTable.Addition addition = log.addition();
    for (LoggedBatch batch : batches.subList(first, batches.size())) {
      BatchCodec.replay(batch.batch(), new Copier(all));
      addition.add(all, end, batch.number(), batch.batch());
      end = batch.number();
    }
    all.put(Table.META, Keys.batchNumber(), Keys.of(end));
    apply(all, false);
    addition.done();
    last = end;
    return new Appended(last, false);
  }

  /// Adds steps to another batch, but for keys that are the store's own.
  private record Copier(Batch into) implements Batch.Sink<RuntimeException> {
    @Override
    public void put(Table table, byte[] key, byte[] value) {
      if (!ContentReader.isOwn(table, key)) {
        into.put(table, key, value);
      }
    }

    @Override
    public void delete(Table table, byte[] key) {
      if (!ContentReader.isOwn(table, key)) {
        into.delete(table, key);
      }
    }

    @Override
    public void deleteRange(Table table, byte[] from, byte[] to) {
      into.deleteRange(table, from, to);
    }
  }

  /// The keys that the batches behind `common` touched, without those that are this store's own.
  ///
  /// @return null if there are too many, a range of keys was deleted, or the log does not reach
  ///   back to `common`: a copy is needed
  public @Nullable List<TableKey> tail(long common) throws RefusedException, DiskException {
    lock.lock();
    try {
      checkUsable();
      if (state != State.WHOLE || common > last) {
        throw busy("it has no tail behind " + common);
      }
      return log.reaches(common, last) ? touched(common) : null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable List<TableKey> touched(long common) throws RefusedException, DiskException {
    TouchedKeys touched = new TouchedKeys();
    for (long at = common; at < last; ) {
      LogTable.Run run = log.read(at, last, READ_BATCHES, BatchQueue.APPEND_BYTES_MAX);
      for (LoggedBatch batch : run.batches()) {
        BatchCodec.replay(batch.batch(), touched);
        at = batch.number();
      }
      if (touched.isTooMuch() || run.batches().isEmpty()) {
        return null;
      }
    }
    return touched.list();
  }

  /// Takes over values that the primary has now for keys of the tail. May be called several times;
  /// with `finish` the tail is gone, and `common` is the last batch.
  public void undo(long common, List<StoredEntry> present, boolean finish)
      throws RefusedException, DiskException {
    lock.lock();
    try {
      checkUsable();
      if (state != State.WHOLE || common > last || common < 0) {
        throw busy("it has no tail behind " + common);
      }
      Batch batch = new Batch();
      for (StoredEntry entry : present) {
        put(batch, entry);
      }
      LogTable.Addition cut = log.addition();
      if (finish) {
        cut.cutBehind(batch, common);
        batch.put(Table.META, Keys.batchNumber(), Keys.of(common));
        batch.put(Table.META, Keys.lives(), BatchLives.of(lives()).upTo(common).bytes());
      }
      apply(batch, false);
      if (finish) {
        cut.done();
        last = common;
      }
    } finally {
      lock.unlock();
    }
  }

  private static void put(Batch batch, StoredEntry entry) throws RefusedException {
    if (entry.table() == Table.LOG || ContentReader.isOwn(entry.table(), entry.key())) {
      throw new RefusedException(Failure.malformed("a key that is each store's own"));
    }
    put(batch, entry.table(), entry.key(), entry.value());
  }

  /// From now on the content is being replaced, also after a restart, until [#finish]. Synced. What
  /// was here stays for now, another shard's as well; the log is emptied.
  public void beginCopy() throws DiskException {
    lock.lock();
    try {
      checkUsable();
      Batch batch = new Batch();
      LogTable.Addition cleared = log.addition();
      cleared.clear(batch);
      batch.put(Table.META, Keys.copying(), NOW_COPYING);
      apply(batch, true);
      cleared.done();
      state = State.COPYING;
    } finally {
      lock.unlock();
    }
  }

  /// The digest of a range of up to [#DIGEST_KEYS_MAX] keys.
  public RangeDigest digest(KeyRange range) throws RefusedException, DiskException {
    checkUsable();
    checkShared(range);
    return reader.digest(range, DIGEST_KEYS_MAX);
  }

  /// Makes the keys of a range exactly these, which are ascending; what is equal already is left
  /// alone. During a copy.
  public void copy(KeyRange range, List<StoredEntry> entries)
      throws RefusedException, DiskException {
    checkShared(range);
    check(range, entries);
    lock.lock();
    try {
      checkUsable();
      if (state != State.COPYING) {
        throw busy("no copy was begun");
      }
      replace(range, entries);
    } finally {
      lock.unlock();
    }
  }

  private static void checkShared(KeyRange range) throws RefusedException {
    if (range.table() == Table.LOG || Arrays.compareUnsigned(range.from(), range.to()) > 0) {
      throw new RefusedException(Failure.malformed("range of " + range.table()));
    }
  }

  private static void check(KeyRange range, List<StoredEntry> entries) throws RefusedException {
    byte[] before = null;
    for (StoredEntry entry : entries) {
      boolean fits =
          entry.table() == range.table()
              && entry.value() != null
              && Arrays.compareUnsigned(entry.key(), range.from()) >= 0
              && Arrays.compareUnsigned(entry.key(), range.to()) < 0
              && (before == null || Arrays.compareUnsigned(before, entry.key()) < 0)
              && !ContentReader.isOwn(entry.table(), entry.key());
      if (!fits) {
        throw new RefusedException(Failure.malformed("entry of a range of " + range.table()));
      }
      before = entry.key();
    }
  }

  private void replace(KeyRange range, List<StoredEntry> entries) throws DiskException {
    List<StoredEntry> changes = new ArrayList<>();
    int at = 0;
    try (Cursor cursor = store.scan(range.table(), range.from(), range.to())) {
      while (cursor.next()) {
        byte[] key = cursor.key();
        if (ContentReader.isOwn(range.table(), key)) {
          continue;
        }
        while (at < entries.size() && Arrays.compareUnsigned(entries.get(at).key(), key) < 0) {
          changes.add(entries.get(at++));
        }
        if (at == entries.size() || !Arrays.equals(entries.get(at).key(), key)) {
          changes.add(new StoredEntry(range.table(), key, null));
        } else {
          StoredEntry entry = entries.get(at++);
          if (!Arrays.equals(entry.value(), cursor.value())) {
            changes.add(entry);
          }
        }
        if (changes.size() >= CHANGES_MAX) {
          apply(changes);
        }
      }
    }
    changes.addAll(entries.subList(at, entries.size()));
    apply(changes);
  }

  private void apply(List<StoredEntry> changes) throws DiskException {
    if (changes.isEmpty()) {
      return;
    }
    Batch batch = new Batch();
    for (StoredEntry change : changes) {
      put(batch, change.table(), change.key(), change.value());
    }
    apply(batch, false);
    changes.clear();
  }

  private static void put(Batch batch, Table table, byte[] key, byte @Nullable [] value) {
    if (value == null) {
      batch.delete(table, key);
    } else {
      batch.put(table, key, value);
    }
  }

  /// All ranges were copied: the primary's batches behind `copied` make it whole.
  public void endCopy(long copied) throws RefusedException, DiskException {
    lock.lock();
    try {
      checkUsable();
      if (state != State.COPYING || copied <= 0) {
        throw busy("no copy was begun");
      }
      Batch batch = new Batch();
      batch.put(Table.META, Keys.batchNumber(), Keys.of(copied));
      batch.put(Table.META, Keys.copying(), NOW_COPIED);
      apply(batch, false);
      last = copied;
      state = State.COPIED;
    } finally {
      lock.unlock();
    }
  }

  /// It has all that the primary has. Returns when that is on the disk, and the mark of a copy is
  /// gone.
  public void finish() throws RefusedException, DiskException {
    lock.lock();
    try {
      checkUsable();
      if (state == State.COPYING) {
        throw busy("its content is being replaced");
      }
      if (state == State.COPIED) {
        // First the content, then the word that it is whole.
        sync();
        Batch batch = new Batch();
        batch.delete(Table.META, Keys.copying());
        apply(batch, true);
        state = State.WHOLE;
        return;
      }
    } finally {
      lock.unlock();
    }
    sync();
  }

  private void apply(Batch batch, boolean sync) throws DiskException {
    try {
      store.apply(batch, sync);
    } catch (DiskException e) {
      if (sync || e.errno() != Errno.ENOSPC.number()) {
        broken = e;
      }
      throw e;
    }
  }

  /// Whether it is not known what the disk holds: it refuses everything then.
  public boolean isBroken() {
    return broken != null;
  }

  private void sync() throws DiskException {
    try {
      store.sync();
    } catch (DiskException e) {
      broken = e;
      throw e;
    }
  }

  private void checkUsable() throws DiskException {
    DiskException reason = broken;
    if (reason != null) {
      throw reason;
    }
  }

  private static RefusedException busy(String why) {
    return new RefusedException(Errno.EBUSY, "the secondary: " + why);
  }
}
