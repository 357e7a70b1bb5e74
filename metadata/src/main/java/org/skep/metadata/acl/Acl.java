package org.skep.metadata.acl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.skep.linux.Errno;

/// A valid access control list: an immutable value.
///
/// The kernel's format of the attributes, version 2, little-endian:
///
/// ```
/// | version 4 (= 2) | tag 2 | permissions 2 | id 4 | tag 2 | ...
/// ```
public final class Acl {
  private static final int VERSION = 2;
  private static final int HEADER_BYTES = 4;
  private static final int ENTRY_BYTES = 8;
  private static final int ALL = 7;

  private final List<AclEntry> entries;

  private Acl(List<AclEntry> entries) {
    this.entries = List.copyOf(entries);
  }

  /// What a value turned out to be.
  public sealed interface Parsed {
    record Valid(Acl acl) implements Parsed {}

    /// A list without entries: setting it means removing the attribute.
    record Nothing() implements Parsed {}

    record Invalid(Errno errno) implements Parsed {}
  }

  /// Reads the kernel's format and checks it as `posix_acl_valid` does: EINVAL, or EOPNOTSUPP for
  /// another version.
  public static Parsed parse(byte[] value) {
    if (value.length < HEADER_BYTES || (value.length - HEADER_BYTES) % ENTRY_BYTES != 0) {
      return new Parsed.Invalid(Errno.EINVAL);
    }
    ByteBuffer in = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != VERSION) {
      return new Parsed.Invalid(Errno.EOPNOTSUPP);
    }
    if (!in.hasRemaining()) {
      return new Parsed.Nothing();
    }
    List<AclEntry> entries = new ArrayList<>();
    while (in.hasRemaining()) {
      AclEntry entry = entry(in.getShort(), in.getShort(), in.getInt());
      if (entry == null) {
        return new Parsed.Invalid(Errno.EINVAL);
      }
      entries.add(entry);
    }
    return isValid(entries) ? new Parsed.Valid(new Acl(entries)) : new Parsed.Invalid(Errno.EINVAL);
  }

  /// Reads a list that was checked when it was stored.
  ///
  /// @throws IllegalStateException if it is not valid: the store is broken
  public static Acl stored(byte[] value) {
    if (parse(value) instanceof Parsed.Valid valid) {
      return valid.acl();
    }
    throw new IllegalStateException("a stored ACL of " + value.length + " bytes is not valid");
  }

  /// @throws IllegalArgumentException if that is no valid list
  public static Acl of(List<AclEntry> entries) {
    if (!isValid(entries)) {
      throw new IllegalArgumentException("no valid ACL: " + entries);
    }
    return new Acl(entries);
  }

  private static @Nullable AclEntry entry(int number, int permissions, int id) {
    for (AclEntry.Tag tag : AclEntry.Tag.values()) {
      if (tag.number() == number) {
        boolean named = tag == AclEntry.Tag.USER || tag == AclEntry.Tag.GROUP;
        if ((permissions & ~ALL) != 0 || (named && id == AclEntry.NO_ID)) {
          return null;
        }
        return new AclEntry(tag, permissions, named ? id : AclEntry.NO_ID);
      }
    }
    return null;
  }

  /// In the order of the tags; each of owner, owning group and others once; a mask at most once,
  /// and needed where users or groups are named.
  private static boolean isValid(List<AclEntry> entries) {
    Map<AclEntry.Tag, Integer> counts = new EnumMap<>(AclEntry.Tag.class);
    AclEntry.Tag last = AclEntry.Tag.USER_OBJ;
    for (AclEntry entry : entries) {
      if (entry.tag().compareTo(last) < 0) {
        return false;
      }
      last = entry.tag();
      counts.merge(last, 1, Integer::sum);
    }
    int masks = counts.getOrDefault(AclEntry.Tag.MASK, 0);
    boolean named = counts.containsKey(AclEntry.Tag.USER) || counts.containsKey(AclEntry.Tag.GROUP);
    return counts.getOrDefault(AclEntry.Tag.USER_OBJ, 0) == 1
        && counts.getOrDefault(AclEntry.Tag.GROUP_OBJ, 0) == 1
        && counts.getOrDefault(AclEntry.Tag.OTHER, 0) == 1
        && masks <= 1
        && (masks == 1 || !named);
  }

  public List<AclEntry> entries() {
    return entries;
  }

  /// The value of the attribute.
  public byte[] bytes() {
    ByteBuffer out =
        ByteBuffer.allocate(HEADER_BYTES + ENTRY_BYTES * entries.size())
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(VERSION);
    for (AclEntry entry : entries) {
      out.putShort((short) entry.tag().number());
      out.putShort((short) entry.permissions());
      out.putInt(entry.id());
    }
    return out.array();
  }

  /// Whether a mode says all that the list says: only owner, owning group and others.
  public boolean isModeOnly() {
    return entries.size() == 3;
  }

  /// The mode's nine permission bits that stat(2) shows with this list: the group's are the mask's
  /// where there is one.
  public int permissionBits() {
    return (permissionsOf(AclEntry.Tag.USER_OBJ) << 6)
        | (permissionsOf(groupClass()) << 3)
        | permissionsOf(AclEntry.Tag.OTHER);
  }

  /// The list after a chmod(2) to `mode` (`posix_acl_chmod`).
  public Acl afterChmod(int mode) {
    List<AclEntry> changed = new ArrayList<>(entries);
    changed.replaceAll(entry -> isOfMode(entry) ? entry.with(bitsOf(mode, entry)) : entry);
    return new Acl(changed);
  }

  /// The access list of an inode that is made with `mode` where this is the default list: no more
  /// than the mode allows (`posix_acl_create_masq`). Its [#permissionBits] are the new inode's.
  Acl limitedTo(int mode) {
    List<AclEntry> changed = new ArrayList<>(entries);
    changed.replaceAll(entry -> isOfMode(entry) ? entry.limitedTo(bitsOf(mode, entry)) : entry);
    return new Acl(changed);
  }

  /// Whether the entry is what three bits of the mode show.
  private boolean isOfMode(AclEntry entry) {
    return switch (entry.tag()) {
      case USER_OBJ, OTHER -> true;
      case GROUP_OBJ, MASK -> entry.tag() == groupClass();
      case USER, GROUP -> false;
    };
  }

  private static int bitsOf(int mode, AclEntry entry) {
    return switch (entry.tag()) {
      case USER_OBJ -> (mode >> 6) & ALL;
      case GROUP_OBJ, MASK -> (mode >> 3) & ALL;
      case OTHER -> mode & ALL;
      case USER, GROUP -> throw new IllegalStateException("no bits of the mode: " + entry);
    };
  }

  private AclEntry.Tag groupClass() {
    boolean masked = entries.stream().anyMatch(entry -> entry.tag() == AclEntry.Tag.MASK);
    return masked ? AclEntry.Tag.MASK : AclEntry.Tag.GROUP_OBJ;
  }

  private int permissionsOf(AclEntry.Tag tag) {
    for (AclEntry entry : entries) {
      if (entry.tag() == tag) {
        return entry.permissions();
      }
    }
    throw new IllegalStateException("no " + tag + " in " + entries);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Acl acl && entries.equals(acl.entries);
  }

  @Override
  public int hashCode() {
    return entries.hashCode();
  }

  @Override
  public String toString() {
    return entries.toString();
  }
}
