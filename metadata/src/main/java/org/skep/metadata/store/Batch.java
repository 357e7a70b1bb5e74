package org.skep.metadata.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes of several keys that happen together or not at all, in the order in which they were
/// added. The arrays given belong to the batch. Used by one thread.
public final class Batch {

  /// Takes the steps of a batch, one after the other.
  public interface Sink<E extends Exception> {
    void put(Table table, byte[] key, byte[] value) throws E;

    void delete(Table table, byte[] key) throws E;

    void deleteRange(Table table, byte[] from, byte[] to) throws E;
  }

  private enum Kind {
    PUT,
    DELETE,
    DELETE_RANGE
  }

  private static final class Step {
    private final Kind kind;
    private final Table table;
    private final byte[] key;
    private final byte @Nullable [] operand;

    private Step(Kind kind, Table table, byte[] key, byte @Nullable [] operand) {
      this.kind = kind;
      this.table = table;
      this.key = key;
      this.operand = operand;
    }

    private byte[] operand() {
      if (operand == null) {
        throw new IllegalStateException(kind + " without operand");
      }
      return operand;
    }
  }

  private final List<Step> steps = new ArrayList<>();

  public void put(Table table, byte[] key, byte[] value) {
    steps.add(new Step(Kind.PUT, table, key, value));
  }

  /// Deletes the key; no error if it is not there.
  public void delete(Table table, byte[] key) {
    steps.add(new Step(Kind.DELETE, table, key, null));
  }

  /// Deletes all keys from `from` to before `to`. Reads over a deleted range are slow for a while:
  /// not for often repeated changes.
  public void deleteRange(Table table, byte[] from, byte[] to) {
    steps.add(new Step(Kind.DELETE_RANGE, table, from, to));
  }

  public boolean isEmpty() {
    return steps.isEmpty();
  }

  /// Hands all steps to `sink`, in order.
  public <E extends Exception> void replay(Sink<E> sink) throws E {
    for (Step step : steps) {
      switch (step.kind) {
        case PUT -> sink.put(step.table, step.key, step.operand());
        case DELETE -> sink.delete(step.table, step.key);
        case DELETE_RANGE -> sink.deleteRange(step.table, step.key, step.operand());
      }
    }
  }
}
