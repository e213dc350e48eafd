package io.millrace.benchmarks.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Lines of a web server's access log: text that compresses as real data does.
 *
 * @param lines without line ends, printable ASCII only, so that a character is a byte
 * @param origin where they come from, for the report
 */
public record AccessLog(List<String> lines, String origin) {
  private static final int GENERATED_LINES = 10_000;
  private static final List<String> AGENTS =
      List.of(
          "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77"
              + " Safari/537.36",
          "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:27.0) Gecko/20100101 Firefox/27.0",
          "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
          "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) AppleWebKit/536.26 (KHTML, like Gecko) Version/6.0",
          "UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/");
  private static final List<String> WORDS =
      List.of(
          "presentations",
          "images",
          "blog",
          "articles",
          "projects",
          "style",
          "reset",
          "geekery",
          "files",
          "tags");
  private static final List<String> STATUS =
      List.of("200", "200", "200", "200", "304", "301", "404");

  public AccessLog {
    lines = List.copyOf(lines);
  }

  /** Reads a log. Anything that is not printable ASCII becomes a question mark. */
  public static AccessLog read(Path file) throws IOException {
    List<String> lines =
        Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
            .map(line -> line.replaceAll("[^\\x20-\\x7e]", "?"))
            .filter(line -> !line.isEmpty())
            .toList();
    return new AccessLog(lines, "access log of " + lines.size() + " lines");
  }

  /** Makes up a log, always the same one, for where there is no real one. */
  public static AccessLog generate() {
    Random random = new Random(20150517);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < GENERATED_LINES; i++) {
      String path =
          "/"
              + pick(WORDS, random)
              + "/"
              + pick(WORDS, random)
              + "-"
              + random.nextInt(2000)
              + ".html";
      lines.add(
          "%d.%d.%d.%d - - [17/May/2015:%02d:%02d:%02d +0000] \"GET %s HTTP/1.1\" %s %d \"http://example.com/%s/\" \"%s\""
              .formatted(
                  1 + random.nextInt(223),
                  random.nextInt(256),
                  random.nextInt(256),
                  random.nextInt(256),
                  10 + i / 3600 % 14,
                  i / 60 % 60,
                  i % 60,
                  path,
                  pick(STATUS, random),
                  random.nextInt(200_000),
                  pick(WORDS, random),
                  pick(AGENTS, random)));
    }
    return new AccessLog(
        lines,
        "made-up look-alike of an access log, " + lines.size() + " lines: no real one was found");
  }

  private static String pick(List<String> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }
}
