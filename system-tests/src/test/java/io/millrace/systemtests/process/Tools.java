package io.millrace.systemtests.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** Programs of the machine that some tests need; a test without its tool counts as not run. */
public final class Tools {

  private static final long ANSWER_SECONDS = 60;

  private Tools() {}

  /** Ends the test as not run unless a command succeeds; {@code otherwise} says what is missing. */
  public static void require(String otherwise, String... command) {
    Assumptions.assumeTrue(succeeds(command), otherwise);
  }

  /** Whether a command is there and succeeds. */
  public static boolean succeeds(String... command) {
    try {
      Process process =
          ChildProcesses.start(
              new ProcessBuilder(command)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .redirectError(ProcessBuilder.Redirect.DISCARD));
      process.getOutputStream().close();
      if (process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes a library to load before libc from one of the C sources of the tests. */
  static Path preload(String source, Path directory) {
    Tools.require("gcc is not installed", "gcc", "--version");
    Path library = directory.resolve(source.replace(".c", ".so"));
    List<String> command =
        List.of(
            "gcc",
            "-shared",
            "-fPIC",
            "-O1",
            "-o",
            library.toString(),
            Path.of("src/test/c", source).toString(),
            "-ldl");
    if (!succeeds(command.toArray(String[]::new))) {
      throw new AssertionError("does not compile: " + String.join(" ", command));
    }
    return library;
  }
}
