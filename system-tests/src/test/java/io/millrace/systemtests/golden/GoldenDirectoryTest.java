package io.millrace.systemtests.golden;

import io.millrace.systemtests.process.BrokerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every data directory that was ever kept opens, and holds all that it held. */
class GoldenDirectoryTest {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"v1/stopped.zip", "v1/killed.zip", "v2/stopped.zip", "v2/killed.zip"})
  void opensWithEverythingInIt(String name) throws Exception {
    unpack(name);
    // Twice: the second time from what this version made of it.
    boolean withTransactions = !name.startsWith("v1/");
    check(withTransactions);
    check(withTransactions);
  }

  private void check(boolean withTransactions) throws Exception {
    try (BrokerProcess broker = BrokerProcess.in(directory).set("disk.reserve.bytes", 0).start()) {
      new GoldenContent(broker.kafka()).check();
      if (withTransactions) {
        new GoldenTransactions(broker.kafka()).check();
      }
      broker.stop();
    }
  }

  private void unpack(String name) throws IOException {
    try (InputStream resource = GoldenDirectoryTest.class.getResourceAsStream("/golden/" + name);
        ZipInputStream in = new ZipInputStream(resource)) {
      for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
        Path file = directory.resolve(entry.getName());
        Files.createDirectories(file.getParent());
        Files.copy(in, file);
      }
    }
  }
}
