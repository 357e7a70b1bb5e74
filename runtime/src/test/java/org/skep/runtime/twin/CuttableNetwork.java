package org.skep.runtime.twin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.skep.cluster.Endpoint;
import org.skep.runtime.port.Connection;
import org.skep.runtime.port.Listener;
import org.skep.runtime.port.Network;

/// The network of a process that can be killed: then all its connections break, and nothing goes in
/// or out any more.
public final class CuttableNetwork implements Network {
  private final Network real;
  // guarded by this
  private final List<Runnable> open = new ArrayList<>();
  private boolean cut;

  public CuttableNetwork(Network real) {
    this.real = real;
  }

  public synchronized void cut() {
    cut = true;
    open.forEach(Runnable::run);
    open.clear();
  }

  private synchronized <T> T keep(T what, Runnable close) throws IOException {
    if (cut) {
      close.run();
      throw new IOException("cut off");
    }
    open.add(close);
    return what;
  }

  @Override
  public Listener listen(Endpoint endpoint) throws IOException {
    Listener listener = real.listen(endpoint);
    keep(listener, () -> closeListener(listener));
    return new Listener() {
      @Override
      public Connection accept() throws IOException {
        Connection connection = listener.accept();
        return keep(connection, connection::close);
      }

      @Override
      public Endpoint endpoint() {
        return listener.endpoint();
      }

      @Override
      public void close() throws IOException {
        listener.close();
      }
    };
  }

  private static void closeListener(Listener listener) {
    try {
      listener.close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public Connection connect(Endpoint endpoint, long timeoutNanos) throws IOException {
    synchronized (this) {
      if (cut) {
        throw new IOException("cut off");
      }
    }
    Connection connection = real.connect(endpoint, timeoutNanos);
    return keep(connection, connection::close);
  }

  @Override
  public String hostId() {
    return real.hostId();
  }

  @Override
  public String hostName() {
    return real.hostName();
  }
}
