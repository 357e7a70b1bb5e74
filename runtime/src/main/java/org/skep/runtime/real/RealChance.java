package org.skep.runtime.real;

import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.skep.runtime.port.Chance;

/// The JVM's generators; secrets come from the system's.
public final class RealChance implements Chance {
  private final SecureRandom secure = new SecureRandom();

  @Override
  public long nextLong() {
    return ThreadLocalRandom.current().nextLong();
  }

  @Override
  public int nextInt(int bound) {
    return ThreadLocalRandom.current().nextInt(bound);
  }

  @Override
  public byte[] secretBytes(int count) {
    byte[] bytes = new byte[count];
    secure.nextBytes(bytes);
    return bytes;
  }
}
