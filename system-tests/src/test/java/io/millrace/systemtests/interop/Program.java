package io.millrace.systemtests.interop;

import io.millrace.systemtests.process.ChildProcesses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program that is run to its end. */
final class Program {

  private static final long END_SECONDS = 180;

  private Program() {}

  /**
   * What came of it.
   *
   * @param out what it wrote to its standard output
   * @param errors what it wrote to its error output
   */
  record Ended(int status, String out, String errors) {
    /** Its output, if it ended well. */
    String requireSuccess() {
      if (status != 0) {
        throw new AssertionError("it ended with status " + status + ":\n" + errors + out);
      }
      return out;
    }

    List<String> lines() {
      return requireSuccess().lines().toList();
    }
  }

  static Ended run(String... command) throws Exception {
    return withInput("", command);
  }

  /** Runs it with a standard input. */
  static Ended withInput(String input, String... command) throws Exception {
    Path in = Files.createTempFile("millrace-program", ".in");
    Path out = Files.createTempFile("millrace-program", ".out");
    Path errors = Files.createTempFile("millrace-program", ".err");
    try {
      Files.writeString(in, input);
      Process process =
          ChildProcesses.start(
              new ProcessBuilder(command)
                  .redirectInput(in.toFile())
                  .redirectOutput(out.toFile())
                  .redirectError(errors.toFile()));
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            String.join(" ", command) + " did not end; it said " + text(errors) + text(out));
      }
      return new Ended(process.exitValue(), text(out), text(errors));
    } finally {
      Files.delete(in);
      Files.delete(out);
      Files.delete(errors);
    }
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
