package org.skep.runtime.rpc;

import java.util.concurrent.atomic.LongAdder;

/// Counts of one operation at one server, since its start. Any thread may count and read.
public final class OperationMetrics {
  private final String operation;
  private final LongAdder requests = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder bulkInBytes = new LongAdder();
  private final LongAdder bulkOutBytes = new LongAdder();
  private final LongAdder handlerNanos = new LongAdder();

  /// @param failures requests that were refused, of `requests`
  /// @param handlerNanos time in handlers, all requests together
  public record Snapshot(
      String operation,
      long requests,
      long failures,
      long bulkInBytes,
      long bulkOutBytes,
      long handlerNanos) {}

  OperationMetrics(String operation) {
    this.operation = operation;
  }

  void count(boolean refused, int inBytes, int outBytes, long nanos) {
    requests.increment();
    if (refused) {
      failures.increment();
    }
    bulkInBytes.add(inBytes);
    bulkOutBytes.add(outBytes);
    handlerNanos.add(nanos);
  }

  Snapshot snapshot() {
    return new Snapshot(
        operation,
        requests.sum(),
        failures.sum(),
        bulkInBytes.sum(),
        bulkOutBytes.sum(),
        handlerNanos.sum());
  }
}
