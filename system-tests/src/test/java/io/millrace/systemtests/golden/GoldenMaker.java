package io.millrace.systemtests.golden;

import io.millrace.systemtests.process.BrokerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.awaitility.Awaitility;

/**
 * Makes golden directories: run it once for a version whose format is new, and keep what it makes
 * beside those of earlier versions in {@code src/test/resources/golden}.
 *
 * <pre>
 * stopped.zip   the broker was stopped: everything is in segments and the snapshot
 * killed.zip    the broker was killed: the journal is needed
 * </pre>
 */
public final class GoldenMaker {

  private static final int FILE_BYTES = 64 * 1024;

  private GoldenMaker() {}

  /**
   * Makes them.
   *
   * @param arguments the directory to put them in
   */
  public static void main(String[] arguments) throws Exception {
    Path target = Files.createDirectories(Path.of(arguments[0]));
    make(target.resolve("stopped.zip"), true);
    make(target.resolve("killed.zip"), false);
  }

  private static void make(Path zip, boolean stopped) throws Exception {
    Path data = Files.createTempDirectory("millrace-golden");
    try (BrokerProcess broker =
        BrokerProcess.in(data)
            .set("journal.file.bytes", FILE_BYTES)
            .set("log.cleaner.backoff.ms", "100")
            .set("disk.reserve.bytes", 0)
            .start()) {
      GoldenContent content = new GoldenContent(broker.kafka());
      content.write();
      new GoldenTransactions(broker.kafka()).write();
      Awaitility.await("the compacted topic is cleaned")
          .atMost(Duration.ofSeconds(60))
          .until(() -> content.compactedRecords() < GoldenContent.compactedRecordsWritten() / 2);
      if (stopped) {
        broker.stop();
      } else {
        broker.kill();
      }
    }
    pack(data, zip);
    delete(data);
    System.out.println(zip + ": " + Files.size(zip) + " bytes");
  }

  private static void pack(Path data, Path zip) throws IOException {
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
        Stream<Path> files = Files.walk(data)) {
      List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
      for (Path file : sorted) {
        ZipEntry entry = new ZipEntry(data.relativize(file).toString());
        entry.setLastModifiedTime(FileTime.fromMillis(0));
        out.putNextEntry(entry);
        Files.copy(file, out);
        out.closeEntry();
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
