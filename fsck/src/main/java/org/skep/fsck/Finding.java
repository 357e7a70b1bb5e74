package org.skep.fsck;

/// Something that is wrong.
///
/// @param where a thing: a path, an inode, a chunk file, a target
/// @param text what is wrong with it
/// @param outcome what became of it
/// @param remark what was done, or why nothing was
public record Finding(Damage damage, String where, String text, Outcome outcome, String remark) {

  /// What became of a finding.
  public enum Outcome {
    /// It is as it was.
    LEFT,
    REPAIRED;

    public String label() {
      return this == REPAIRED ? "repaired" : "left";
    }
  }

  static Finding left(Damage damage, String where, String text, String why) {
    return new Finding(damage, where, text, Outcome.LEFT, why);
  }

  static Finding repaired(Damage damage, String where, String text, String how) {
    return new Finding(damage, where, text, Outcome.REPAIRED, how);
  }
}
