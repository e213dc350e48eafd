package io.millrace.systemtests.kafka;

import io.millrace.server.Millrace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;

/**
 * A broker over a data directory of its own for each test, which may stop and start it. Runs {@link
 * OverOneAndTwoShards}.
 */
abstract class RestartTest {

  @Parameter int shards;

  @TempDir Path data;

  private final Map<String, String> settings = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private String address = "127.0.0.1:0";
  private @Nullable Millrace millrace;

  RestartTest(String... set) {
    for (int i = 0; i < set.length; i += 2) {
      settings.put(set[i], set[i + 1]);
    }
  }

  @BeforeEach
  void start() {
    Millrace.Builder builder = Millrace.in(data).set("num.shards", Integer.toString(shards));
    settings.forEach(builder::set);
    builder.kafka(address);
    millrace = builder.start();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : opened.reversed()) {
      one.close();
    }
    opened.clear();
    broker().close();
  }

  /** Stops the broker and starts it again; clients that were opened here are closed. */
  void restart() throws Exception {
    stop();
    start();
  }

  /** Like {@link #restart}, and the broker is where it was. */
  void restartInPlace() throws Exception {
    address = broker().kafka();
    restart();
  }

  Millrace broker() {
    return Objects.requireNonNull(millrace);
  }

  /** Has something closed when the broker stops. */
  <T extends AutoCloseable> T closing(T one) {
    opened.add(one);
    return one;
  }

  RawConnection connect() {
    return closing(RawConnection.to(broker()));
  }

  Admin admin() {
    return closing(Admin.create(BrokerTest.clientSettings(broker(), Map.of())));
  }

  String topic(int partitions) {
    String name = BrokerTest.unique("topic");
    BrokerTest.done(admin().createTopics(List.of(new NewTopic(name, partitions, (short) 1))).all());
    return name;
  }
}
