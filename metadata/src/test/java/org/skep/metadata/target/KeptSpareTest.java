package org.skep.metadata.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.skep.runtime.twin.MemoryDisk;

/// Which spares a server keeps, and where.
class KeptSpareTest {
  private final MemoryDisk a = new MemoryDisk("a");
  private final MemoryDisk b = new MemoryDisk("b");

  private List<String> spares(int wanted) throws IOException {
    return KeptSpare.of(List.of(a, b), wanted).stream()
        .map(spare -> spare.parent().name() + "/" + spare.folder())
        .toList();
  }

  @Test
  void theyAreSpreadOverTheDirectories() throws IOException {
    assertThat(spares(0)).isEmpty();
    assertThat(spares(1)).containsExactly("a/spare");
    assertThat(spares(4)).containsExactly("a/spare", "b/spare", "a/spare2", "b/spare2");
    assertThat(spares(KeptSpare.COUNT_MAX)).hasSize(KeptSpare.COUNT_MAX).doesNotHaveDuplicates();
  }

  @Test
  void thoseThatWereMadeStayAndCountAsWanted() throws IOException {
    new KeptSpare(b, "spare").noteMade();
    new KeptSpare(b, "spare2").noteMade();
    b.crash();
    assertThat(spares(0)).containsExactly("b/spare", "b/spare2");
    assertThat(spares(2)).containsExactly("b/spare", "b/spare2");
    assertThat(spares(3)).containsExactly("b/spare", "b/spare2", "a/spare");
  }
}
