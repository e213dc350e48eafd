package io.millrace.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a command reads from and writes to, and how it learns that it is to end. Text is UTF-8.
 *
 * @param out buffered; flushed when the command ends
 */
record Terminal(InputStream in, OutputStream out, PrintStream err, Interruption interruption) {

  private static final int BUFFER_BYTES = 64 * 1024;

  /** Those of this process. */
  static Terminal ofProcess() {
    return new Terminal(
        System.in,
        new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), BUFFER_BYTES),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        Interruption.bySignals());
  }

  /** Writes a line of the answer. */
  void say(String line) {
    try {
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw isReaderGone(e) ? new UncheckedIOException(e) : unwritable(e);
    }
  }

  /** Writes a line about what goes on, or goes wrong. */
  void complain(String line) {
    err.print(line + "\n");
    err.flush();
  }

  /** That the output cannot be written. */
  static CommandFailure unwritable(IOException e) {
    return CommandFailure.environment("cannot write the output: " + Failures.text(e), null);
  }

  /** Whether the output cannot be written because nobody reads it any more. */
  static boolean isReaderGone(@Nullable Throwable failure) {
    return failure instanceof IOException && "Broken pipe".equals(failure.getMessage());
  }
}
