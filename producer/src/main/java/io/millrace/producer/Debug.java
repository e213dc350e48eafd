package io.millrace.producer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the setting {@code debug} can ask for: librdkafka's words. */
enum Debug {
  BROKER("connections made, ended and failed"),
  TOPIC("topics found, not found, and their leaders"),
  METADATA("what is asked about brokers and topics, and beginning anew"),
  QUEUE("refused for want of room, purged, flushed"),
  MSG("batches sent, sent again, stored and given up"),
  PROTOCOL("every request and response"),
  SECURITY("TLS agreed on, who asks believed or not"),
  EOS("producer ids and epochs"),
  TELEMETRY("metrics pushed to brokers");

  static final String EVERYTHING = "all";

  /** Words of librdkafka under which nothing is told here. */
  private static final Set<String> SILENT =
      Set.of(
          "generic",
          "feature",
          "cgrp",
          "fetch",
          "interceptor",
          "plugin",
          "consumer",
          "admin",
          "mock",
          "assignor",
          "conf");

  private final String meaning;

  Debug(String meaning) {
    this.meaning = meaning;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What can be asked for, in words. */
  static String described() {
    List<String> words = new ArrayList<>();
    for (Debug one : values()) {
      words.add(one.word() + " (" + one.meaning + ")");
    }
    return String.join(", ", words);
  }

  /**
   * Reads a list of words with commas between them.
   *
   * @throws IllegalArgumentException if one is not known
   */
  static Set<Debug> read(String text) {
    EnumSet<Debug> asked = EnumSet.noneOf(Debug.class);
    for (String one : text.split(",", -1)) {
      String word = one.trim().toLowerCase(Locale.ROOT);
      if (word.equals(EVERYTHING)) {
        asked.addAll(EnumSet.allOf(Debug.class));
      } else if (!word.isEmpty() && !SILENT.contains(word)) {
        asked.add(named(word));
      }
    }
    return Collections.unmodifiableSet(asked);
  }

  private static Debug named(String word) {
    for (Debug one : values()) {
      if (one.word().equals(word)) {
        return one;
      }
    }
    List<String> words = new ArrayList<>();
    words.add(EVERYTHING);
    for (Debug one : values()) {
      words.add(one.word());
    }
    throw new IllegalArgumentException(
        "debug cannot be \""
            + ProducerSetting.shortened(word)
            + "\": it wants some of "
            + String.join(", ", words)
            + ", with commas between them");
  }
}
