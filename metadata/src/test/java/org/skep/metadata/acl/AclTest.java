package org.skep.metadata.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.skep.linux.Errno;

/// The expected values are what ext4 of Linux 6.18 made of the same calls. A list is written as
/// `version` and entries `u::7 u:1000:7 g::5 g:1001:5 m::7 o::0`.
class AclTest {
  private static final int FILE = 0100000;
  private static final int DIRECTORY = 0040000;
  private static final int LINK = 0120000;

  /// The attribute's bytes of a text like `u::7,u:1000:6,g::4,m::6,o::0`.
  static byte[] bytes(String text) {
    StringBuilder hex = new StringBuilder("02000000");
    for (String entry : text.split(",")) {
      String[] parts = entry.split(":");
      boolean named = !parts[1].isEmpty();
      int tag =
          switch (parts[0]) {
            case "u" -> named ? 2 : 1;
            case "g" -> named ? 8 : 4;
            case "m" -> 16;
            case "o" -> 32;
            default -> Integer.parseInt(parts[0]);
          };
      int id = named ? Integer.parseInt(parts[1]) : -1;
      hex.append(String.format("%02x00%02x00", tag, Integer.parseInt(parts[2])))
          .append(String.format("%08x", Integer.reverseBytes(id)));
    }
    return HexFormat.of().parseHex(hex);
  }

  private static Acl acl(String text) {
    return Acl.stored(bytes(text));
  }

  private static int octal(String mode) {
    return Integer.parseInt(mode, 8);
  }

  @Test
  void theFormatIsTheKernels() {
    String hex =
        "0200000001000700ffffffff02000700e803000004000500ffffffff08000500e903000010000700ffffffff"
            + "20000000ffffffff";
    byte[] value = HexFormat.of().parseHex(hex);

    assertThat(value).isEqualTo(bytes("u::7,u:1000:7,g::5,g:1001:5,m::7,o::0"));
    assertThat(Acl.stored(value).bytes()).isEqualTo(value);
    assertThat(Acl.stored(value).entries())
        .hasSize(6)
        .contains(new AclEntry(AclEntry.Tag.GROUP, 5, 1001));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "u::6,u:1000:7,g::7,o::0",
        "u::6,g::7,u:1000:6,m::5,o::0",
        "u::8,g::7,o::0",
        "u::6,g::7",
        "u::6,g::7,o::0,64::0",
        "u::6,g::7,o::0,m::5",
        "u::6,u::6,g::7,o::0",
        "g::7,o::0",
        "u::6,g::7,m::1,m::1,o::0",
        "u::6,u:-1:7,g::7,m::5,o::0"
      })
  void whatTheKernelRefusesIsRefused(String text) {
    assertThat(AclAttribute.setAccess(FILE | 0644, bytes(text), false))
        .isEqualTo(new AclAttribute.Decision.Refused(Errno.EINVAL));
    assertThat(AclAttribute.setDefault(DIRECTORY | 0755, bytes(text)))
        .isEqualTo(new AclAttribute.Decision.Refused(Errno.EINVAL));
  }

  @Test
  void brokenValuesAreRefused() {
    assertThat(Acl.parse(new byte[0])).isEqualTo(new Acl.Parsed.Invalid(Errno.EINVAL));
    assertThat(Acl.parse(new byte[] {2, 0})).isEqualTo(new Acl.Parsed.Invalid(Errno.EINVAL));
    assertThat(Acl.parse(new byte[] {2, 0, 0, 0, 1}))
        .isEqualTo(new Acl.Parsed.Invalid(Errno.EINVAL));
    assertThat(Acl.parse(new byte[] {1, 0, 0, 0}))
        .isEqualTo(new Acl.Parsed.Invalid(Errno.EOPNOTSUPP));
    assertThat(Acl.parse(new byte[] {2, 0, 0, 0})).isEqualTo(new Acl.Parsed.Nothing());
    assertThatThrownBy(() -> Acl.stored(new byte[4])).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "u::6,g::4,o::0 | 2640 | ",
        "u::6,g::7,m::5,o::0 | 2650 | u::6,g::7,m::5,o::0",
        "u::6,u:1000:7,g::7,m::5,o::0 | 2650 | u::6,u:1000:7,g::7,m::5,o::0",
        "u::6,u:1000:7,u:1000:6,g::7,m::5,o::0 | 2650 | u::6,u:1000:7,u:1000:6,g::7,m::5,o::0",
        "u::6,g::7,g:5:4,g:3:4,m::5,o::0 | 2650 | u::6,g::7,g:5:4,g:3:4,m::5,o::0"
      })
  void settingTheAccessListSetsTheMode(String text, String mode, String stored) {
    AclAttribute.Decision decision =
        AclAttribute.setAccess(FILE | 02775, bytes(text.strip()), false);

    assertStored(decision, FILE | octal(mode.strip()), stored);
  }

  private static void assertStored(AclAttribute.Decision decision, int mode, String text) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            AclAttribute.Decision.Stored.class,
            stored -> {
              assertThat(Integer.toOctalString(stored.mode()))
                  .isEqualTo(Integer.toOctalString(mode));
              assertThat(stored.acl()).isEqualTo(text == null ? null : acl(text.strip()));
            });
  }

  @Test
  void settingTheAccessListDropsSgidForStrangers() {
    assertStored(
        AclAttribute.setAccess(FILE | 06775, bytes("u::7,g::5,o::5"), true), FILE | 04755, null);
  }

  @Test
  void listsWithoutEntriesMeanNone() {
    byte[] nothing = {2, 0, 0, 0};
    assertStored(AclAttribute.setAccess(FILE | 0640, nothing, true), FILE | 0640, null);
    assertStored(AclAttribute.setDefault(FILE | 0640, nothing), FILE | 0640, null);
  }

  @Test
  void onlyDirectoriesHaveDefaultLists() {
    byte[] minimal = bytes("u::7,g::7,o::7");
    assertStored(
        AclAttribute.setDefault(DIRECTORY | 0700, minimal), DIRECTORY | 0700, "u::7,g::7,o::7");
    assertThat(AclAttribute.setDefault(FILE | 0700, minimal))
        .isEqualTo(new AclAttribute.Decision.Refused(Errno.EACCES));
    assertThat(AclAttribute.setDefault(LINK | 0777, minimal))
        .isEqualTo(new AclAttribute.Decision.Refused(Errno.EOPNOTSUPP));
    assertThat(AclAttribute.setAccess(LINK | 0777, minimal, false))
        .isEqualTo(new AclAttribute.Decision.Refused(Errno.EOPNOTSUPP));
  }

  @Test
  void chmodSetsTheMaskWhereThereIsOne() {
    assertThat(acl("u::6,u:1000:6,g::5,g:1001:5,m::7,o::0").afterChmod(FILE | 0700))
        .isEqualTo(acl("u::7,u:1000:6,g::5,g:1001:5,m::0,o::0"));
    assertThat(acl("u::6,g::5,o::0").afterChmod(FILE | 04725)).isEqualTo(acl("u::7,g::2,o::5"));
  }

  private static final String NAMED = "u::7,u:1000:7,g::5,m::7,o::0";
  private static final String MINIMAL = "u::7,g::5,o::1";
  private static final String NARROW = "u::5,g::5,g:9:6,m::3,o::5";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "644|" + NAMED + "|640|u::6,u:1000:7,g::5,m::4,o::0",
        "600|" + NAMED + "|600|u::6,u:1000:7,g::5,m::0,o::0",
        "777|" + NAMED + "|770|u::7,u:1000:7,g::5,m::7,o::0",
        "2755|" + NAMED + "|2750|u::7,u:1000:7,g::5,m::5,o::0",
        "1777|" + NAMED + "|1770|u::7,u:1000:7,g::5,m::7,o::0",
        "644|" + MINIMAL + "|640|",
        "600|" + MINIMAL + "|600|",
        "777|" + MINIMAL + "|751|",
        "2755|" + MINIMAL + "|2751|",
        "644|" + NARROW + "|404|u::4,g::5,g:9:6,m::0,o::4",
        "600|" + NARROW + "|400|u::4,g::5,g:9:6,m::0,o::0",
        "777|" + NARROW + "|535|u::5,g::5,g:9:6,m::3,o::5",
        "2755|" + NARROW + "|2515|u::5,g::5,g:9:6,m::1,o::5",
      })
  void newInodesInheritTheDefaultListInsteadOfTheUmask(
      String asked, String ofParent, String mode, String access) {
    AclInheritance file = AclInheritance.of(FILE | octal(asked), 077, acl(ofParent));
    AclInheritance directory = AclInheritance.of(DIRECTORY | octal(asked), 077, acl(ofParent));

    assertThat(file.mode()).isEqualTo(FILE | octal(mode));
    assertThat(directory.mode()).isEqualTo(DIRECTORY | octal(mode));
    assertThat(file.access()).isEqualTo(access == null ? null : acl(access));
    assertThat(directory.access()).isEqualTo(file.access());
    assertThat(file.inherited()).isNull();
    assertThat(directory.inherited()).isEqualTo(acl(ofParent));
  }

  @Test
  void withoutDefaultListTheUmaskCounts() {
    AclInheritance made = AclInheritance.of(FILE | 06777, 01027, null);

    assertThat(made.mode()).isEqualTo(FILE | 06750);
    assertThat(made.access()).isNull();
    assertThat(made.inherited()).isNull();
  }

  @Test
  void symlinksInheritNothing() {
    AclInheritance made = AclInheritance.of(LINK | 0777, 077, acl(NAMED));

    assertThat(made.mode()).isEqualTo(LINK | 0777);
    assertThat(made.access()).isNull();
  }
}
