package org.skep.metadata.acl;

/// One line of a list.
///
/// @param permissions read 4, write 2, execute 1
/// @param id the user's or group's, with [Tag#USER] and [Tag#GROUP]; else [#NO_ID]
public record AclEntry(Tag tag, int permissions, int id) {

  /// `ACL_UNDEFINED_ID`, and no valid id.
  public static final int NO_ID = -1;

  /// Whom an entry is about, in the order in which a list has them.
  public enum Tag {
    USER_OBJ(0x01),
    USER(0x02),
    GROUP_OBJ(0x04),
    GROUP(0x08),
    MASK(0x10),
    OTHER(0x20);

    private final int number;

    Tag(int number) {
      this.number = number;
    }

    /// The number in the kernel's format.
    int number() {
      return number;
    }
  }

  AclEntry limitedTo(int allowed) {
    return new AclEntry(tag, permissions & allowed, id);
  }

  AclEntry with(int newPermissions) {
    return new AclEntry(tag, newPermissions, id);
  }
}
