package org.skep.cli.fsck;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.skep.fsck.Damage;
import org.skep.fsck.Finding;
import org.skep.fsck.Report;

/// What `skep fsck` prints.
final class FsckText {
  private static final int BAR_CHARACTERS = 30;

  private FsckText() {}

  /// `wrong-links: /a/file: counts 3 links, has 2 (left: ...)`.
  static String line(Finding finding) {
    return "%s: %s: %s (%s: %s)"
        .formatted(
            finding.damage().label(),
            printable(finding.where()),
            printable(finding.text()),
            finding.outcome().label(),
            printable(finding.remark()));
  }

  /// Names of files may hold anything, also what a terminal takes for an order.
  private static String printable(String text) {
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (Character.isISOControl(c)) {
            clean.append(String.format(Locale.ROOT, "\\x%02x", c));
          } else {
            clean.appendCodePoint(c);
          }
        });
    return clean.toString();
  }

  /// `names [######........................] 20 % 1234567`.
  static String bar(String phase, long done, int permille) {
    String name = String.format(Locale.ROOT, "%-20s ", phase);
    if (permille < 0) {
      return name + done;
    }
    int full = BAR_CHARACTERS * permille / 1000;
    return name
        + "["
        + "#".repeat(full)
        + ".".repeat(BAR_CHARACTERS - full)
        + String.format(Locale.ROOT, "] %3d %%  %d", permille / 10, done);
  }

  /// The last lines of a check.
  static List<String> summary(Report report, boolean repairs) {
    List<String> lines = new ArrayList<>();
    report.gaps().forEach(gap -> lines.add("not checked: " + printable(gap)));
    long left = report.count(Finding.Outcome.LEFT);
    long repaired = report.count(Finding.Outcome.REPAIRED);
    for (Damage damage : Damage.values()) {
      long leftOfIt = report.count(damage, Finding.Outcome.LEFT);
      long repairedOfIt = report.count(damage, Finding.Outcome.REPAIRED);
      if (leftOfIt + repairedOfIt > 0) {
        lines.add(
            "%6d %s: %d repaired, %d left"
                .formatted(leftOfIt + repairedOfIt, damage.plural(), repairedOfIt, leftOfIt));
      }
    }
    if (left + repaired == 0) {
      lines.add(
          report.gaps().isEmpty()
              ? "No damage found."
              : "No damage found in what could be checked.");
    } else {
      lines.add(
          left == 0
              ? "All damage found was repaired."
              : repairs ? "Damage is left." : "Damage found. See `skep fsck --help` for --repair.");
    }
    return lines;
  }

  /// All that is known, for `--output=json`.
  static Map<String, Object> json(Report report) {
    Map<String, Object> counts = new LinkedHashMap<>();
    for (Damage damage : Damage.values()) {
      long left = report.count(damage, Finding.Outcome.LEFT);
      long repaired = report.count(damage, Finding.Outcome.REPAIRED);
      if (left + repaired > 0) {
        Map<String, Object> count = new LinkedHashMap<>();
        count.put("left", left);
        count.put("repaired", repaired);
        counts.put(damage.label(), count);
      }
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("clean", report.isClean());
    fields.put("left", report.count(Finding.Outcome.LEFT));
    fields.put("repaired", report.count(Finding.Outcome.REPAIRED));
    fields.put("counts", counts);
    fields.put("findings", report.findings().stream().map(FsckText::json).toList());
    fields.put("notChecked", report.gaps());
    fields.put("visited", new TreeMap<>(report.visited()));
    return fields;
  }

  private static Map<String, Object> json(Finding finding) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("kind", finding.damage().label());
    fields.put("where", finding.where());
    fields.put("text", finding.text());
    fields.put("outcome", finding.outcome().label());
    fields.put("remark", finding.remark());
    return fields;
  }
}
