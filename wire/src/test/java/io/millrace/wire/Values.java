package io.millrace.wire;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * The content of a message as plain values, put into and taken out of either codec's classes by
 * reflection: a struct is a map by field name, an array a list, any integer a Long, bytes and
 * records a ByteBuffer.
 */
final class Values {
  private static final Map<Class<?>, List<Field>> FIELDS = new HashMap<>();

  private Values() {}

  /** A name without case and underscores, in which both codecs and Kafka's schemas agree. */
  static String plain(String name) {
    return name.replace("_", "").toLowerCase(Locale.ROOT);
  }

  /** The fields of a message or struct that carry content. */
  static List<Field> fields(Class<?> type) {
    return FIELDS.computeIfAbsent(
        type,
        key -> {
          List<Field> fields = new ArrayList<>();
          for (Field field : type.getDeclaredFields()) {
            String name = field.getName();
            boolean kafkasOwn =
                name.equals("_unknownTaggedFields") || name.equals("prev") || name.equals("next");
            if (!Modifier.isStatic(field.getModifiers()) && !kafkasOwn) {
              field.setAccessible(true);
              fields.add(field);
            }
          }
          return fields;
        });
  }

  /** A new instance with the given fields set, the others as they are by default. */
  static <T> T fill(Class<T> type, Map<String, Object> values) {
    try {
      T target = type.getDeclaredConstructor().newInstance();
      Map<String, Field> byName = new HashMap<>();
      fields(type).forEach(field -> byName.put(plain(field.getName()), field));
      for (Map.Entry<String, Object> each : values.entrySet()) {
        Field field = byName.get(each.getKey());
        if (field == null) {
          throw new AssertionError(type + " has no field " + each.getKey());
        }
        field.set(target, toJava(each.getValue(), field.getGenericType()));
      }
      return target;
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /** All fields of a message or struct. */
  static Map<String, Object> of(Object struct) {
    Map<String, Object> values = new TreeMap<>();
    for (Field field : fields(struct.getClass())) {
      try {
        Object value = field.get(struct);
        // An array of bytes is "bytes" in Kafka's classes and an array of int8 in ours.
        boolean ours = struct.getClass().getName().startsWith("io.millrace.");
        if (value instanceof byte[] bytes && !ours) {
          value = ByteBuffer.wrap(bytes);
        }
        values.put(plain(field.getName()), plainValue(value));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return values;
  }

  @SuppressWarnings("unchecked")
  private static Object toJava(Object value, Type target) throws ReflectiveOperationException {
    Class<?> type =
        target instanceof ParameterizedType generic
            ? (Class<?>) generic.getRawType()
            : (Class<?>) target;
    if (value == null) {
      return null;
    } else if (value instanceof Long number) {
      return number(number, type);
    } else if (value instanceof UUID uuid && type == Uuid.class) {
      return new Uuid(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    } else if (value instanceof ByteBuffer bytes) {
      return bytes(bytes, type);
    } else if (value instanceof Map) {
      return fill(type, (Map<String, Object>) value);
    } else if (value instanceof List<?> list && type.isArray()) {
      Object array = Array.newInstance(type.getComponentType(), list.size());
      for (int i = 0; i < list.size(); i++) {
        Array.set(array, i, toJava(list.get(i), type.getComponentType()));
      }
      return array;
    } else if (value instanceof List<?> list) {
      Type element =
          ((ParameterizedType) (type == List.class ? target : type.getGenericSuperclass()))
              .getActualTypeArguments()[0];
      Collection<Object> collection =
          type == List.class
              ? new ArrayList<>()
              : (Collection<Object>) type.getDeclaredConstructor().newInstance();
      for (Object each : list) {
        collection.add(toJava(each, element));
      }
      return collection;
    }
    return value;
  }

  private static Object number(Long value, Class<?> type) {
    if (type == byte.class || type == Byte.class) {
      return value.byteValue();
    } else if (type == short.class || type == Short.class) {
      return value.shortValue();
    } else if (type == int.class || type == Integer.class) {
      return value.intValue();
    }
    return value;
  }

  private static Object bytes(ByteBuffer bytes, Class<?> type) {
    if (type == byte[].class) {
      byte[] array = new byte[bytes.remaining()];
      bytes.duplicate().get(array);
      return array;
    } else if (type == BaseRecords.class) {
      return MemoryRecords.readableRecords(bytes.duplicate());
    } else if (type == Payload.class) {
      return new BufferPayload(bytes);
    }
    return bytes.duplicate();
  }

  private static Object plainValue(Object value) {
    if (value == null
        || value instanceof Boolean
        || value instanceof String
        || value instanceof Double
        || value instanceof UUID) {
      return value;
    } else if (value instanceof Number number) {
      return number.longValue();
    } else if (value instanceof Uuid uuid) {
      return new UUID(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
    } else if (value instanceof ByteBuffer bytes) {
      return bytes.duplicate();
    } else if (value instanceof MemoryRecords records) {
      return records.buffer();
    } else if (value instanceof BufferPayload payload) {
      return payload.buffer();
    } else if (value instanceof Collection<?> collection) {
      List<Object> list = new ArrayList<>();
      collection.forEach(each -> list.add(plainValue(each)));
      return list;
    } else if (value.getClass().isArray()) {
      List<Object> list = new ArrayList<>();
      for (int i = 0; i < Array.getLength(value); i++) {
        list.add(plainValue(Array.get(value, i)));
      }
      return list;
    }
    return of(value);
  }
}
