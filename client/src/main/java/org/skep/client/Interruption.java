package org.skep.client;

/// Lets a waiting call be ended from outside, as FUSE_INTERRUPT does.
public interface Interruption {

  /// Never interrupted.
  Interruption NONE =
      new Interruption() {
        @Override
        public boolean requested() {
          return false;
        }

        @Override
        public void onRequest(Runnable wake) {}
      };

  boolean requested();

  /// `wake` is called once when it is requested, at once if it already is, by any thread; it must
  /// not block.
  void onRequest(Runnable wake);
}
