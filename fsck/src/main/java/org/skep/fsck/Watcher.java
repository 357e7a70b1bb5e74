package org.skep.fsck;

/// Who runs a check hears what it does. Called on the check's thread.
public interface Watcher {

  /// Hears nothing, and agrees to everything.
  Watcher SILENT =
      new Watcher() {
        @Override
        public void progress(String phase, long done, int permille) {}

        @Override
        public void found(Finding finding) {}

        @Override
        public boolean mayRemove(String what) {
          return true;
        }
      };

  /// @param done how many things were looked at in this phase
  /// @param permille how far the phase is, about; -1 if that is not known
  void progress(String phase, long done, int permille);

  void found(Finding finding);

  /// Whether a repair that removes something may be made.
  ///
  /// @param what a question without its question mark
  boolean mayRemove(String what);
}
