package org.skep.cli.ctl;

import java.util.ArrayList;
import java.util.List;

/// The model's tables: a line of names, a line of `=` rulers as long as the names, the rows.
/// Columns are as wide as told, right-aligned and followed by one blank; a wider value pushes the
/// rest to the right. Blanks at a line's end are left out.
final class Table {
  /// @param width in characters; 0: left-aligned, after two more blanks
  record Column(String name, int width) {}

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  Table(List<Column> columns) {
    this.columns = List.copyOf(columns);
  }

  void add(List<String> row) {
    if (row.size() != columns.size()) {
      throw new IllegalArgumentException(row + " for " + columns);
    }
    rows.add(List.copyOf(row));
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(line(columns.stream().map(Column::name).toList()));
    lines.add(line(columns.stream().map(c -> "=".repeat(c.name().length())).toList()));
    rows.forEach(row -> lines.add(line(row)));
    return lines;
  }

  private String line(List<String> values) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      String value = values.get(i);
      int width = columns.get(i).width();
      line.append(" ".repeat(width == 0 ? 2 : Math.max(0, width - value.length())));
      line.append(value).append(' ');
    }
    return line.toString().stripTrailing();
  }
}
