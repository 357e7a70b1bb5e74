package org.skep.runtime.twin;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.skep.wire.Operation;

/// Requests of any operation, filled by their descriptors with what a hostile peer may send: edge
/// numbers, names that can't be, unknown enum values, missing and repeated fields; plausible often
/// enough to get past the first check. The same seed gives the same messages. Used by one thread.
public final class RandomMessages {
  private static final long[] EDGES = {
    0,
    1,
    -1,
    4095,
    4096,
    1 << 20,
    (1 << 20) + 1,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 32,
    (1L << 48) - 1,
    Long.MAX_VALUE,
    Long.MAX_VALUE - 1,
    Long.MIN_VALUE,
    1L << 62
  };
  private static final List<String> HOSTILE =
      List.of(
          "",
          ".",
          "..",
          "/",
          "a/b",
          "../../",
          "\0",
          "a\0b",
          "n".repeat(255),
          "n".repeat(256),
          "n".repeat(4096),
          "\u00fc\u20ac\ud83d\ude00",
          "system.posix_acl_access",
          "user.",
          "00/00/0001000000000003-0");
  private static final int DEPTH_MAX = 6;

  /// Above the limits on counts of most requests.
  private static final int MANY = 1001;

  private static final int KEPT = 256;

  private final SplittableRandom random;
  private final Map<Operation<?, ?>, byte[][]> made = new HashMap<>();
  private final Map<String, LongSupplier> numbers = new HashMap<>();
  private final Map<Operation<?, ?>, Message> empty = new HashMap<>();
  private List<String> names = List.of("a", "b", "c", "d", "user.x");

  public RandomMessages(SplittableRandom random) {
    this.random = random;
  }

  /// Fields of this name, of whatever message, mostly get these numbers.
  public RandomMessages field(String name, LongSupplier plausible) {
    numbers.put(name, plausible);
    return this;
  }

  /// What names and other texts mostly are.
  public RandomMessages names(List<String> plausible) {
    names = List.copyOf(plausible);
    return this;
  }

  /// A request's bytes: mostly a message, one time in three damaged by flipped bits; one time in
  /// ten bytes of chance.
  public ByteString bytes(Operation<?, ?> operation) {
    if (random.nextInt(10) == 0) {
      return ByteString.copyFrom(chance(random.nextInt(40)));
    }
    byte[] bytes = sound(operation).clone();
    for (int flips = random.nextInt(3) == 0 ? random.nextInt(4) : 0; flips > 0; flips--) {
      if (bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
    }
    return ByteString.copyFrom(bytes);
  }

  /// One in four is new, as making one costs more than serving it; the others are of the last ones.
  private byte[] sound(Operation<?, ?> operation) {
    byte[][] last = made.computeIfAbsent(operation, _ -> new byte[KEPT][]);
    int at = random.nextInt(KEPT);
    if (last[at] == null || random.nextInt(4) == 0) {
      last[at] = message(operation).toByteArray();
    }
    return last[at];
  }

  /// A request that can be parsed.
  public Message message(Operation<?, ?> operation) {
    return filled(empty.computeIfAbsent(operation, RandomMessages::emptyRequest), 0);
  }

  private static Message emptyRequest(Operation<?, ?> operation) {
    try {
      return (Message) operation.requestParser().parseFrom(ByteString.EMPTY);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(operation.name(), e);
    }
  }

  /// A message of the same type with other fields.
  public Message filled(Message prototype, int depth) {
    Message.Builder builder = prototype.newBuilderForType();
    int choice = random.nextInt(1 << 16);
    for (FieldDescriptor field : prototype.getDescriptorForType().getFields()) {
      if (isLeftOut(field, choice)) {
        continue;
      }
      if (!field.isRepeated()) {
        set(builder, field, depth);
      } else {
        for (int count = count(); count > 0; count--) {
          builder.addRepeatedField(field, value(builder, field, depth));
        }
      }
    }
    return builder.build();
  }

  /// One field of each choice is set; of the others most.
  private boolean isLeftOut(FieldDescriptor field, int choice) {
    OneofDescriptor oneOf = field.getRealContainingOneof();
    if (oneOf != null && !oneOf.getField(choice % oneOf.getFieldCount()).equals(field)) {
      return true;
    }
    return random.nextInt(10) == 0;
  }

  private int count() {
    return random.nextInt(5000) == 0 ? MANY : random.nextInt(4);
  }

  private void set(Message.Builder builder, FieldDescriptor field, int depth) {
    boolean message = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
    if (!message || depth < DEPTH_MAX) {
      builder.setField(field, value(builder, field, depth));
    }
  }

  private Object value(Message.Builder builder, FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case INT -> (int) number(field);
      case LONG -> number(field);
      case BOOLEAN -> random.nextBoolean();
      case FLOAT -> (float) number(field);
      case DOUBLE -> (double) number(field);
      case STRING -> text();
      case BYTE_STRING -> octets();
      case ENUM -> constant(field.getEnumType());
      case MESSAGE ->
          depth < DEPTH_MAX
              ? filled(builder.newBuilderForField(field).getDefaultInstanceForType(), depth + 1)
              : builder.newBuilderForField(field).build();
    };
  }

  private long number(FieldDescriptor field) {
    LongSupplier plausible = numbers.get(field.getName());
    if (plausible != null && random.nextInt(12) > 0) {
      return plausible.getAsLong();
    }
    return switch (random.nextInt(6)) {
      case 0, 1 -> EDGES[random.nextInt(EDGES.length)];
      case 2 -> random.nextInt(50_000);
      case 3 -> random.nextLong();
      default -> random.nextInt(4);
    };
  }

  private String text() {
    List<String> from = random.nextInt(8) == 0 ? HOSTILE : names;
    return from.get(random.nextInt(from.size()));
  }

  private ByteString octets() {
    return random.nextInt(20) == 0
        ? ByteString.copyFrom(chance(random.nextInt(300)))
        : ByteString.copyFromUtf8(text());
  }

  private byte[] chance(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private Object constant(EnumDescriptor type) {
    int number =
        random.nextInt(10) == 0
            ? (int) EDGES[random.nextInt(EDGES.length)]
            : type.getValues().get(random.nextInt(type.getValues().size())).getNumber();
    return type.findValueByNumberCreatingIfUnknown(number);
  }
}
