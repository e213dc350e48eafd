package io.millrace.systemtests.mainjob;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The lines that the main job carries, each as it is sent: its number, a space, the line.
 *
 * @param origin where they come from, for the summary
 */
record AccessLog(String origin, List<Line> lines) {

  /** Keeps every byte as it is. */
  static final Charset BYTES = StandardCharsets.ISO_8859_1;

  private static final int GENERATED_LINES = 10_000;
  private static final int GENERATED_ADDRESSES = 1_700;

  /**
   * One line.
   *
   * @param number from 1 on
   * @param address the client's, which is the key
   * @param value what is sent
   */
  record Line(int number, String address, String value) {
    static Line of(int number, String text) {
      int space = text.indexOf(' ');
      return new Line(number, space < 0 ? text : text.substring(0, space), number + " " + text);
    }

    /** The number that a value begins with. */
    static int number(String value) {
      return Integer.parseInt(value.substring(0, value.indexOf(' ')));
    }
  }

  /** The log that {@code MILLRACE_ACCESS_LOG} names; a generated look-alike if it is missing. */
  static AccessLog read() throws IOException {
    String named = System.getenv("MILLRACE_ACCESS_LOG");
    if (named != null && Files.isReadable(Path.of(named))) {
      return new AccessLog("real input", numbered(Files.readAllLines(Path.of(named), BYTES)));
    }
    String why =
        named == null ? "MILLRACE_ACCESS_LOG is not set" : "MILLRACE_ACCESS_LOG names no file";
    return new AccessLog("a generated look-alike: " + why, numbered(generated()));
  }

  private static List<Line> numbered(List<String> texts) {
    List<Line> lines = new ArrayList<>(texts.size());
    for (String text : texts) {
      lines.add(Line.of(lines.size() + 1, text));
    }
    return lines;
  }

  /** Some addresses ask often, most seldom; always the same lines. */
  private static List<String> generated() {
    Random random = new Random(1);
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < GENERATED_ADDRESSES; i++) {
      addresses.add("10." + random.nextInt(256) + "." + random.nextInt(256) + "." + i % 256);
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < GENERATED_LINES; i++) {
      double skewed = Math.pow(random.nextDouble(), 3);
      texts.add(
          String.format(
              "%s - - [17/May/2015:%02d:%02d:%02d +0000] \"GET /page/%d HTTP/1.1\" 200 %d \"-\""
                  + " \"Mozilla/5.0 (X11; Linux x86_64) %s\"",
              addresses.get((int) (skewed * GENERATED_ADDRESSES)),
              i / 3600 % 24,
              i / 60 % 60,
              i % 60,
              random.nextInt(5000),
              random.nextInt(200_000),
              "x".repeat(random.nextInt(160))));
    }
    return texts;
  }
}
