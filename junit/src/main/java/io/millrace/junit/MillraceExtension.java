package io.millrace.junit;

import io.millrace.server.Millrace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Starts a broker for tests, stops it after them, and gives it to parameters of type {@link
 * Millrace}.
 *
 * <pre>{@code
 * @ExtendWith(MillraceExtension.class)                   // one broker for the class, in memory
 * @Topic(value = "orders", partitions = 3)
 * class OrdersTest {
 *   @Test void orderIsShipped(Millrace millrace) { ... millrace.kafka() ... }
 * }
 *
 * class OtherTest {
 *   @RegisterExtension                                   // static: one for the class; not static:
 *   static final MillraceExtension MILLRACE =            // one for each test
 *       MillraceExtension.inMemory().topic("orders", 3).set("num.partitions", "2");
 * }
 * }</pre>
 *
 * <p><b>How far tests are apart.</b> Tests with a broker of their own ({@link FreshBroker}, or an
 * extension registered in a field that is not static) share nothing: it takes some ten ms each.
 * Tests that share the broker of their class share its topics, groups, producers and faults; give
 * each its own topic and group names, take faults away with try-with-resources, and they can run at
 * the same time. Classes never share a broker, but a nested class shares that of the class around
 * it.
 */
public final class MillraceExtension
    implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

  private static final String BROKER = "broker";

  /** Each extension has a broker of its own. */
  private final Namespace namespace = Namespace.create(MillraceExtension.class, this);

  private final @Nullable Path directory;
  private final Map<String, String> settings = new TreeMap<>();
  private final Map<String, Integer> topics = new LinkedHashMap<>();
  private volatile @Nullable Millrace last;

  /** A broker in memory; made by JUnit for {@code @ExtendWith}. */
  public MillraceExtension() {
    this(null);
  }

  private MillraceExtension(@Nullable Path directory) {
    this.directory = directory;
  }

  /** A broker in memory. */
  public static MillraceExtension inMemory() {
    return new MillraceExtension(null);
  }

  /** A broker over a data directory, which is made if it is missing, and kept. */
  public static MillraceExtension in(Path directory) {
    return new MillraceExtension(directory);
  }

  /** Sets a setting of the broker. */
  public MillraceExtension set(String name, String value) {
    settings.put(name, value);
    return this;
  }

  /** Has a topic made whenever a broker is started. */
  public MillraceExtension topic(String name, int partitions) {
    topics.put(name, partitions);
    return this;
  }

  /**
   * The broker, for a test that has the extension in a field.
   *
   * @throws IllegalStateException if no test is being run
   */
  public Millrace broker() {
    Millrace now = last;
    if (now == null) {
      throw new IllegalStateException("the broker is started before the tests, not yet");
    }
    return now;
  }

  /** The address for Kafka clients of {@link #broker}, host:port. */
  public String kafka() {
    return broker().kafka();
  }

  /** JUnit closes it with the context that it is stored in. */
  private static final class Running implements AutoCloseable {
    private final Millrace millrace;

    Running(Millrace millrace) {
      this.millrace = millrace;
    }

    @Override
    public void close() {
      millrace.close();
    }
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    if (isFreshEachTime(context)) {
      return;
    }
    Running running = running(context);
    if (running == null) {
      running = start(context);
    }
    make(topicsOn(context), running.millrace);
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    Running running = running(context);
    if (running == null) {
      running = start(context);
      for (ExtensionContext c = context.getParent().orElse(null);
          c != null;
          c = c.getParent().orElse(null)) {
        make(topicsOn(c), running.millrace);
      }
    }
    last = running.millrace;
    make(topicsOn(context), running.millrace);
  }

  private static boolean isFreshEachTime(ExtensionContext context) {
    return AnnotationSupport.isAnnotated(context.getTestClass(), FreshBroker.class);
  }

  private Running start(ExtensionContext context) {
    Path data = directory;
    Millrace.Builder builder = data == null ? Millrace.inMemory() : Millrace.in(data);
    settings.forEach(builder::set);
    Running running = new Running(builder.start());
    last = running.millrace;
    context.getStore(namespace).put(BROKER, running);
    topics.forEach((name, partitions) -> {
      if (!running.millrace.hasTopic(name)) {
        running.millrace.createTopic(name, partitions);
      }
    });
    return running;
  }

  /** The broker of this context or of one around it. */
  private @Nullable Running running(ExtensionContext context) {
    return context.getStore(namespace).get(BROKER, Running.class);
  }

  private static List<Topic> topicsOn(ExtensionContext context) {
    return context
        .getElement()
        .map(element -> AnnotationSupport.findRepeatableAnnotations(element, Topic.class))
        .orElse(List.of());
  }

  private static void make(List<Topic> topics, Millrace millrace) {
    for (Topic topic : topics) {
      if (!millrace.hasTopic(topic.value())) {
        millrace.createTopic(topic.value(), topic.partitions(), settings(topic));
      }
    }
  }

  private static Map<String, String> settings(Topic topic) {
    Map<String, String> settings = new TreeMap<>();
    List<String> wrong = new ArrayList<>();
    for (String setting : topic.settings()) {
      int equals = setting.indexOf('=');
      if (equals < 1) {
        wrong.add(setting);
      } else {
        settings.put(setting.substring(0, equals), setting.substring(equals + 1));
      }
    }
    if (!wrong.isEmpty()) {
      throw new ExtensionConfigurationException(
          "a setting of topic " + topic.value() + " is name=value, not " + wrong);
    }
    return settings;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Millrace.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Running running = running(context);
    if (running == null) {
      throw new ParameterResolutionException(
          "the broker of a test is started after its class is made: take it as a parameter of the"
              + " test method, or of a method before it");
    }
    return running.millrace;
  }
}
