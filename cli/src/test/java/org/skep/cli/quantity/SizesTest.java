package org.skep.cli.quantity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class SizesTest {

  @Test
  void unitsArePowersOf1024() {
    assertThat(Sizes.parse("524288")).isEqualTo(524288);
    assertThat(Sizes.parse("512k")).isEqualTo(512 << 10);
    assertThat(Sizes.parse("512KiB")).isEqualTo(512 << 10);
    assertThat(Sizes.parse(" 2MB ")).isEqualTo(2 << 20);
    assertThat(Sizes.parse("1G")).isEqualTo(1 << 30);
    assertThat(Sizes.parse("7E")).isEqualTo(7L << 60);
  }

  @Test
  void whatIsNoSizeIsRefused() {
    for (String text :
        new String[] {"", "K", "-1", "1.5M", "1X", "1 2", "8E", "99999999999999999E"}) {
      assertThatThrownBy(() -> Sizes.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void exactSizesLoseNothing() {
    assertThat(Sizes.exact(512 << 10)).isEqualTo("512K");
    assertThat(Sizes.exact(1 << 20)).isEqualTo("1M");
    assertThat(Sizes.exact(1000)).isEqualTo("1000");
    assertThat(Sizes.exact(0)).isEqualTo("0");
    for (long bytes : new long[] {1, 1024, 1025, 3 << 20, Long.MAX_VALUE, 1L << 62}) {
      assertThat(Sizes.parse(Sizes.exact(bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void aboutHasThreeDigits() {
    assertThat(Sizes.about(7)).isEqualTo("7 B");
    assertThat(Sizes.about(1536)).isEqualTo("1.50 KiB");
    assertThat(Sizes.about(15.04 * (1 << 20))).isEqualTo("15.0 MiB");
    assertThat(Sizes.about(1023L << 30)).isEqualTo("1.00 TiB");
  }
}
