package io.millrace.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.Broker;
import io.millrace.broker.setting.BrokerTable;
import io.millrace.broker.setting.SettingValues;
import io.millrace.log.MemoryDisk;
import io.millrace.shard.Clock;
import io.millrace.shard.Surroundings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What docs/protocol/kafka.md says of APIs and versions is what is served. */
class ProtocolPageTest {

  private static final Path PAGE = Path.of("..", "docs", "protocol", "kafka.md");

  /** {@code | key | name | lowest-highest | ...}; one version stands alone. */
  private static final Pattern ROW =
      Pattern.compile("\\| (\\d+) \\| (\\w+) \\| (\\d+)(?:-(\\d+))? \\|.*");

  @Test
  void pageNamesEveryApiThatIsServedWithItsVersions() throws IOException {
    Map<Integer, String> page = new TreeMap<>();
    for (String line : Files.readAllLines(PAGE)) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        String highest = row.group(4) == null ? row.group(3) : row.group(4);
        String text = row.group(2).toUpperCase() + " " + row.group(3) + "-" + highest;
        assertThat(page.put(Integer.parseInt(row.group(1)), text)).isNull();
      }
    }
    assertThat(page).isEqualTo(served());
  }

  private static Map<Integer, String> served() throws IOException {
    Map<Integer, String> served = new TreeMap<>();
    try (Broker broker =
        Broker.open(
            new Broker.Place(new MemoryDisk(1L << 30), Path.of("/data"), Path.of("/data")),
            new SettingValues(BrokerTable.TABLE, Map.of()),
            new Surroundings(Clock.SYSTEM, new Random(1), Runnable::run, failure -> {}),
            UUID::randomUUID)) {
      for (ApiTable.Served api : new ApiTable(new Door(broker, new Node(1, "cluster"))).served()) {
        String name = api.key().name().replace("_", "");
        served.put((int) api.key().id(), name + " " + api.lowest() + "-" + api.highest());
      }
    }
    return served;
  }
}
