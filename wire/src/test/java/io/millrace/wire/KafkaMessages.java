package io.millrace.wire;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.Schema;

/** Every message of the kafka-clients jar in every valid version, beside our class for it. */
final class KafkaMessages {
  private static final List<Version> ALL = list();

  private KafkaMessages() {}

  /** One version of one message, in both codecs. */
  record Version(
      String name,
      Class<? extends org.apache.kafka.common.protocol.Message> kafka,
      Class<? extends Message> ours,
      short version,
      Schema schema) {

    ByteBuffer encode(org.apache.kafka.common.protocol.Message message) {
      return MessageUtil.toByteBufferAccessor(message, version).buffer();
    }

    ByteBuffer encode(Message message) {
      WireWriter out = new WireWriter();
      message.write(out, version);
      return out.toBuffer();
    }

    /** Decodes with Kafka's class, which must take all bytes. */
    org.apache.kafka.common.protocol.Message decodeKafka(ByteBuffer bytes) {
      ByteBufferAccessor in = new ByteBufferAccessor(bytes.duplicate());
      var message = Values.fill(kafka, Map.of());
      message.read(in, version);
      if (in.remaining() > 0) {
        throw new AssertionError(this + ": kafka-clients leaves " + in.remaining() + " bytes");
      }
      return message;
    }

    /** Decodes with our class, which must take all bytes. */
    Message decodeOurs(ByteBuffer bytes) {
      WireReader in = new WireReader(bytes);
      Message message = decodeOurs(in);
      if (in.remaining() > 0) {
        throw new AssertionError(this + ": wire leaves " + in.remaining() + " bytes");
      }
      return message;
    }

    Message decodeOurs(WireReader in) {
      try {
        Method read = ours.getMethod("read", WireReader.class, short.class);
        return (Message) read.invoke(null, in, version);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        } else if (e.getCause() instanceof Error cause) {
          throw cause;
        }
        throw new AssertionError(e);
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public String toString() {
      return name + " v" + version;
    }
  }

  static List<Version> all() {
    return ALL;
  }

  private static List<Version> list() {
    List<Version> all = new ArrayList<>();
    for (String name : names()) {
      try {
        var kafka = kafkaClass(name);
        var fresh = Values.fill(kafka, Map.of());
        Schema[] schemas = (Schema[]) kafka.getField("SCHEMAS").get(null);
        for (short v = fresh.lowestSupportedVersion(); v <= fresh.highestSupportedVersion(); v++) {
          Class<? extends Message> ours =
              Class.forName("io.millrace.wire.message." + name).asSubclass(Message.class);
          all.add(new Version(name, kafka, ours, v, schemas[v]));
        }
      } catch (ReflectiveOperationException e) {
        throw new AssertionError(e);
      }
    }
    return all;
  }

  private static Class<? extends org.apache.kafka.common.protocol.Message> kafkaClass(String name)
      throws ClassNotFoundException {
    String prefix = ApiMessageType.class.getPackageName() + ".";
    Class<?> found;
    try {
      found = Class.forName(prefix + name + "Data");
    } catch (ClassNotFoundException e) {
      found = Class.forName(prefix + name);
    }
    return found.asSubclass(org.apache.kafka.common.protocol.Message.class);
  }

  private static List<String> names() {
    try {
      Path jar =
          Path.of(ApiMessageType.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (FileSystem files = FileSystems.newFileSystem(jar);
          Stream<Path> paths = Files.list(files.getPath("common/message"))) {
        List<String> names = new ArrayList<>();
        for (Path path : paths.sorted().toList()) {
          String file = path.getFileName().toString();
          // What has no version left has no class in the jar.
          if (file.endsWith(".json")
              && !Files.readString(path).contains("\"validVersions\": \"none\"")) {
            names.add(file.substring(0, file.length() - ".json".length()));
          }
        }
        return names;
      }
    } catch (IOException | URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
