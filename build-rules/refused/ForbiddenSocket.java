// refused with: connections come from the Network port
package org.skep.sample;

import java.io.IOException;
import java.nio.channels.SocketChannel;

final class ForbiddenSocket {
  private ForbiddenSocket() {}

  static SocketChannel open() throws IOException {
    return SocketChannel.open();
  }
}
