package org.skep.fsck;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a check has found, and what it could not look at. Used by the check's thread.
public final class Report {
  /// How many findings are kept as they are; all are counted and told to the [Watcher].
  public static final int FINDINGS_MAX = 100_000;

  private final Settings settings;
  private final Watcher watcher;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<Damage, long[]> counts = new EnumMap<>(Damage.class);
  private final List<String> gaps = new ArrayList<>();
  private final Map<String, Long> visited = new TreeMap<>();

  Report(Settings settings, Watcher watcher) {
    this.settings = settings;
    this.watcher = watcher;
  }

  void add(Finding finding) {
    long[] count = counts.computeIfAbsent(finding.damage(), _ -> new long[2]);
    count[finding.outcome().ordinal()]++;
    if (findings.size() < FINDINGS_MAX) {
      findings.add(finding);
    }
    watcher.found(finding);
  }

  /// Something could not be looked at.
  void gap(String what) {
    if (!gaps.contains(what) && gaps.size() < FINDINGS_MAX) {
      gaps.add(what);
    }
  }

  void progress(String phase, long done, int permille) {
    visited.put(phase, done);
    watcher.progress(phase, done, permille);
  }

  /// Whether so many of a kind may be repaired now.
  boolean mayRepair(Damage damage, int count) {
    if (!settings.repair() || count == 0 || damage.repair().isEmpty()) {
      return false;
    }
    return !damage.repairRemoves()
        || watcher.mayRemove("%d %s: %s".formatted(count, damage.plural(), damage.repair()));
  }

  /// Why something stays that could be repaired.
  String whyLeft(Damage damage) {
    if (damage.repair().isEmpty()) {
      return "can't be repaired";
    }
    return settings.repair() ? "not wanted" : "--repair would " + damage.repair();
  }

  /// The first [#FINDINGS_MAX].
  public List<Finding> findings() {
    return List.copyOf(findings);
  }

  /// How many of a kind are left, or were repaired.
  public long count(Damage damage, Finding.Outcome outcome) {
    long[] count = counts.get(damage);
    return count == null ? 0 : count[outcome.ordinal()];
  }

  /// How many are left, or were repaired, of all kinds.
  public long count(Finding.Outcome outcome) {
    return counts.values().stream().mapToLong(count -> count[outcome.ordinal()]).sum();
  }

  /// What could not be looked at, a line each.
  public List<String> gaps() {
    return List.copyOf(gaps);
  }

  /// How many things each phase has looked at.
  public Map<String, Long> visited() {
    return Map.copyOf(visited);
  }

  /// Whether everything was looked at and nothing is wrong.
  public boolean isClean() {
    return counts.isEmpty() && gaps.isEmpty();
  }
}
