package io.millrace.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The floors of the design, read off the sources: which room uses which, which library stands
 * where, where time and chance come from.
 */
class FloorTest {

  /** A room uses rooms on lower floors only, and those named beside it. */
  private record Room(int floor, Set<String> besides) {
    static Room on(int floor, String... besides) {
      return new Room(floor, Set.of(besides));
    }
  }

  private static final Map<String, Room> ROOMS =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("wire-generator", Room.on(0)),
              Map.entry("wire", Room.on(0)),
              Map.entry("record", Room.on(0)),
              Map.entry("log", Room.on(1)),
              Map.entry("cursor", Room.on(1)),
              Map.entry("shard", Room.on(2)),
              Map.entry("producer", Room.on(2)),
              Map.entry("producer-kafka", Room.on(3)),
              Map.entry("broker", Room.on(3)),
              Map.entry("kafka", Room.on(4)),
              Map.entry("server", Room.on(5)),
              Map.entry("junit", Room.on(5, "server")),
              Map.entry("cli", Room.on(5, "server"))));

  /** Directories with a pom of their own that hold no part of the product. */
  private static final Set<String> NO_ROOMS =
      Set.of("system-tests", "distribution", "benchmarks", "worker");

  /** Rooms that must not be seen from a room though they are below it. */
  private static final Map<String, Set<String>> UNSEEN =
      Map.of("broker", Set.of("wire"), "log", Set.of("wire"), "shard", Set.of("wire"));

  /** Packages that are not ours nor the JDK's, and the rooms that may use them. */
  private static final Map<String, Set<String>> LIBRARIES =
      new TreeMap<>(
          Map.of(
              "io.netty", Set.of("kafka", "server"),
              "org.apache.kafka", Set.of("cli", "producer-kafka"),
              "com.github.luben.zstd", Set.of("record"),
              "net.jpountz", Set.of("record"),
              "org.xerial.snappy", Set.of("record"),
              "picocli", Set.of("cli"),
              "tools.jackson", Set.of("wire-generator", "cli"),
              "org.HdrHistogram", Set.of("cli"),
              "org.junit", Set.of("junit")));

  /** What every room may use. */
  private static final List<String> EVERYWHERE =
      List.of("java.", "javax.", "org.jspecify.", "org.slf4j.");

  private static final Pattern IMPORT = Pattern.compile("^import (?:static )?([\\w.]+);");
  private static final Pattern IN_FULL =
      Pattern.compile("\\b((?:io\\.millrace|io\\.netty|org\\.apache\\.kafka)\\.[\\w.]+)");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");

  /** A clock or a generator of the system, which replay and simulation could not be master of. */
  private static final Pattern TIME_OR_CHANCE =
      Pattern.compile(
          "\\b(System\\.currentTimeMillis|System\\.nanoTime|Instant\\.now|LocalDateTime\\.now"
              + "|ThreadLocalRandom|SecureRandom|Math\\.random|java\\.util\\.Random"
              + "|UUID[.:]+randomUUID)\\b");

  /** The places from where time and chance come into floors 0 to 4. */
  private static final Set<String> CLOCKS =
      Set.of(
          "io/millrace/shard/Clock.java",
          "io/millrace/producer/Clock.java",
          "io/millrace/producer/Chance.java");

  private record Source(String room, Path file, String text) {

    /** Classes of other packages that are named: in imports, and in full. */
    Set<String> names() {
      Set<String> names = new TreeSet<>();
      for (String line : code()) {
        Matcher imported = IMPORT.matcher(line);
        if (imported.find()) {
          names.add(imported.group(1));
        } else if (!line.startsWith("package ")) {
          Matcher inFull = IN_FULL.matcher(line);
          while (inFull.find()) {
            names.add(inFull.group(1));
          }
        }
      }
      return names;
    }

    /** Lines without what stands in comments and in quotes. */
    List<String> code() {
      return text.lines()
          .filter(line -> !line.strip().startsWith("*") && !line.strip().startsWith("/*"))
          .map(line -> line.replaceAll("\"(\\\\.|[^\"\\\\])*\"", "\"\"").replaceAll("//.*", ""))
          .toList();
    }
  }

  private static List<Source> sources() {
    List<Source> sources = new ArrayList<>();
    for (String room : ROOMS.keySet()) {
      Path main = Repository.root().resolve(room).resolve("src/main/java");
      try (Stream<Path> files = Files.walk(main)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          sources.add(new Source(room, main.relativize(file), Files.readString(file)));
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    assertThat(sources).hasSizeGreaterThan(200);
    return sources;
  }

  /** The room of a class of ours; the longest name that fits, so that wire.generator is no wire. */
  private static String roomOf(String className) {
    String found = "";
    for (String room : ROOMS.keySet()) {
      if (className.startsWith(packageOf(room) + ".") && room.length() > found.length()) {
        found = room;
      }
    }
    assertThat(found).as("the room of %s", className).isNotEmpty();
    return found;
  }

  private static String packageOf(String room) {
    return "io.millrace." + room.replace('-', '.');
  }

  @Test
  void everyRoomIsKnownHere() throws IOException {
    try (Stream<Path> entries = Files.list(Repository.root())) {
      List<String> rooms =
          entries
              .filter(entry -> Files.exists(entry.resolve("pom.xml")))
              .map(entry -> entry.getFileName().toString())
              .filter(name -> !NO_ROOMS.contains(name))
              .toList();
      assertThat(rooms).containsExactlyInAnyOrderElementsOf(ROOMS.keySet());
    }
  }

  @Test
  void roomsUseLowerFloorsOnly() {
    List<String> wrong = new ArrayList<>();
    for (Source source : sources()) {
      Room room = ROOMS.get(source.room());
      for (String name : source.names()) {
        if (!name.startsWith("io.millrace.")) {
          continue;
        }
        String used = roomOf(name);
        boolean allowed =
            used.equals(source.room())
                || ROOMS.get(used).floor() < room.floor()
                || room.besides().contains(used);
        if (!allowed || UNSEEN.getOrDefault(source.room(), Set.of()).contains(used)) {
          wrong.add(source.file() + " uses " + name);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void librariesStayInTheirRooms() {
    List<String> wrong = new ArrayList<>();
    for (Source source : sources()) {
      for (String name : source.names()) {
        if (name.startsWith("io.millrace.")
            || EVERYWHERE.stream().anyMatch(name::startsWith)
            || name.startsWith("sun.misc.Signal") && source.room().equals("cli")) {
          continue;
        }
        boolean allowed =
            LIBRARIES.entrySet().stream()
                .anyMatch(library ->
                    name.startsWith(library.getKey() + ".")
                        && library.getValue().contains(source.room()));
        if (!allowed) {
          wrong.add(source.file() + " of " + source.room() + " uses " + name);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void packagesAreNamedAfterTheirRooms() {
    List<String> wrong = new ArrayList<>();
    for (Source source : sources()) {
      Matcher declared = PACKAGE.matcher(source.text());
      String name = declared.find() ? declared.group(1) : "";
      String wanted = packageOf(source.room());
      if (!name.equals(wanted) && !name.startsWith(wanted + ".")) {
        wrong.add(source.file() + " is in " + name);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void timeAndChanceArePassedIn() {
    List<String> wrong = new ArrayList<>();
    for (Source source : sources()) {
      if (ROOMS.get(source.room()).floor() < 5 && !CLOCKS.contains(source.file().toString())) {
        for (String line : source.code()) {
          if (TIME_OR_CHANCE.matcher(line).find()) {
            wrong.add(source.file() + ": " + line.strip());
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }
}
