package io.millrace.producer;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.management.Attribute;
import javax.management.AttributeList;
import javax.management.AttributeNotFoundException;
import javax.management.DynamicMBean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * The metrics of a producer in JMX, under the names that kafka-clients gives them: {@code
 * kafka.producer:type=producer-metrics,client-id=ID}, and so on. Any thread.
 *
 * <p>JMX wants a name once. A producer whose {@code client.id} another one of the same process has
 * already is {@code client-id=ID-2}, the next {@code ID-3}: as long as both live each is seen.
 */
final class MetricBeans {

  private static final System.Logger LOG = System.getLogger(MetricBeans.class.getName());
  private static final String DOMAIN = "kafka.producer";
  private static final Pattern PLAIN = Pattern.compile("[\\w-%. \t]*");
  private static final int NAMESAKES_MAX = 10_000;

  private final Metrics metrics;
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

  // Under the lock.
  private final Map<Map<String, String>, ObjectName> registered = new HashMap<>();
  private String clientId;
  private int number = 1;
  private boolean closed;

  MetricBeans(Metrics metrics) {
    this.metrics = metrics;
    this.clientId = metrics.clientId();
  }

  /** Registers what is new, and no longer what is gone. */
  synchronized void update() {
    if (closed) {
      return;
    }
    Set<Map<String, String>> now = new HashSet<>();
    for (Metrics.Subject<?> subject : metrics.subjects()) {
      Map<String, String> key = key(subject);
      now.add(key);
      if (!registered.containsKey(key)) {
        register(key, subject);
      }
    }
    for (Map<String, String> key : List.copyOf(registered.keySet())) {
      if (!now.contains(key)) {
        unregister(key);
      }
    }
  }

  /** Registers nothing any more. */
  synchronized void close() {
    closed = true;
    List.copyOf(registered.keySet()).forEach(this::unregister);
  }

  private static Map<String, String> key(Metrics.Subject<?> subject) {
    Map<String, String> key = new TreeMap<>(subject.tags());
    key.put("type", subject.group());
    return key;
  }

  private void register(Map<String, String> key, Metrics.Subject<?> subject) {
    try {
      // The first one of a producer says under which id the others are.
      while (registered.isEmpty() && number < NAMESAKES_MAX && server.isRegistered(name(key))) {
        clientId = metrics.clientId() + "-" + ++number;
      }
      ObjectName name = name(key);
      server.registerMBean(new Bean<>(metrics, subject), name);
      registered.put(key, name);
    } catch (InstanceAlreadyExistsException e) {
      if (registered.isEmpty() && number < NAMESAKES_MAX) {
        // Another was faster.
        register(key, subject);
        return;
      }
      LOG.log(System.Logger.Level.DEBUG, "JMX has metrics of this name: " + key);
    } catch (JMException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "metrics are not in JMX: " + key, e);
    }
  }

  /** {@code type} stands first, as in kafka-clients, for who compares names as text. */
  private ObjectName name(Map<String, String> key) throws JMException {
    StringBuilder name = new StringBuilder(DOMAIN).append(":type=").append(key.get("type"));
    key.forEach((tag, value) -> {
      if (!tag.equals("type")) {
        String shown = tag.equals("client-id") ? clientId : value;
        boolean plain = PLAIN.matcher(shown).matches();
        name.append(',').append(tag).append('=').append(plain ? shown : ObjectName.quote(shown));
      }
    });
    return new ObjectName(name.toString());
  }

  private void unregister(Map<String, String> key) {
    ObjectName name = registered.remove(key);
    try {
      if (name != null && server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
    } catch (JMException | RuntimeException e) {
      LOG.log(System.Logger.Level.DEBUG, "metrics stay in JMX: " + name, e);
    }
  }

  /** The numbers of one group: attributes that can be read. */
  private static final class Bean<T> implements DynamicMBean {
    private final Metrics metrics;
    private final T counted;
    private final String group;
    private final Map<String, MetricRow<T>> rows = new TreeMap<>();

    Bean(Metrics metrics, Metrics.Subject<T> subject) {
      this.metrics = metrics;
      this.counted = subject.counted();
      this.group = subject.group();
      subject.rows().forEach(row -> rows.put(row.name(), row));
    }

    @Override
    public Object getAttribute(String name) throws AttributeNotFoundException {
      MetricRow<T> row = rows.get(name);
      if (row == null) {
        throw new AttributeNotFoundException("there is no metric " + name + " in " + group);
      }
      return metrics.read(row, counted);
    }

    @Override
    public AttributeList getAttributes(String[] names) {
      AttributeList found = new AttributeList();
      for (String name : names) {
        MetricRow<T> row = rows.get(name);
        if (row != null) {
          found.add(new Attribute(name, metrics.read(row, counted)));
        }
      }
      return found;
    }

    @Override
    public void setAttribute(Attribute attribute) {
      throw new UnsupportedOperationException("metrics are read");
    }

    @Override
    public AttributeList setAttributes(AttributeList attributes) {
      throw new UnsupportedOperationException("metrics are read");
    }

    @Override
    public Object invoke(String action, Object[] arguments, String[] signature) {
      throw new UnsupportedOperationException("metrics are read");
    }

    @Override
    public MBeanInfo getMBeanInfo() {
      List<MBeanAttributeInfo> attributes = new ArrayList<>();
      for (MetricRow<T> row : rows.values()) {
        String meaning = row.meaning() + " In " + row.unit() + ".";
        attributes.add(
            new MBeanAttributeInfo(
                row.name(), double.class.getName(), meaning, true, false, false));
      }
      return new MBeanInfo(
          Producer.class.getName(),
          "",
          attributes.toArray(new MBeanAttributeInfo[0]),
          null,
          null,
          null);
    }
  }
}
