package io.millrace.systemtests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Names the tests that a missing tool or right kept from running: each ended by an assumption that
 * says what was missing. They are printed when all tests are done, and added to {@code
 * target/not-run.txt} for those who run the build.
 */
public final class NotRun implements TestExecutionListener {

  private static final Path FILE = Path.of("target", "not-run.txt");

  private final ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();

  @Override
  public void executionFinished(TestIdentifier test, TestExecutionResult result) {
    if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
      String why = result.getThrowable().map(Throwable::getMessage).orElse("no reason given");
      lines.add(
          test.getLegacyReportingName()
              + ": "
              + why.replaceFirst("^Assumption failed: ", "").lines().findFirst().orElse(""));
    }
  }

  @Override
  public void testPlanExecutionFinished(TestPlan plan) {
    if (lines.isEmpty()) {
      return;
    }
    List<String> all = List.copyOf(lines);
    all.forEach(line -> System.out.println("not run: " + line));
    try {
      Files.createDirectories(FILE.getParent());
      Files.write(
          FILE, all, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
