package io.millrace.cli;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code millrace keys} answers, as text and as JSON. */
final class KeyReport {

  private static final int KEY_CHARACTERS_MAX = 60;

  private KeyReport() {}

  // --- text ---

  /**
   * @param stored records of each partition of the topic that was read; null if none was
   */
  static List<String> lines(String partitioner, KeySample.Seen seen, long @Nullable [] stored) {
    List<String> lines = new ArrayList<>();
    String about = seen.isExact() ? "" : "about ";
    lines.add(
        Amounts.count(seen.records(), "record")
            + ", "
            + about
            + Amounts.count(seen.keys(), "key")
            + ", "
            + seen.keyless()
            + " without a key");
    if (seen.records() == 0) {
      return lines;
    }
    if (!seen.isExact()) {
      lines.add(
          "more keys than are counted each for itself: their number may be wrong by "
              + percent(3 * DistinctKeys.ERROR)
              + " %, and counts of keys are too high by at most "
              + seen.countError());
    }
    if (!seen.hottest().isEmpty()) {
      lines.addAll(hottest(seen));
    }
    lines.add("");
    lines.addAll(spread(partitioner, seen));
    if (stored != null) {
      int fullest = fullest(stored);
      lines.add(
          "as stored: partition "
              + fullest
              + " has the most, "
              + percent(stored[fullest] / (double) seen.records())
              + " %");
    }
    seen.outlooks().forEach(one -> lines.add(one.sentence()));
    return lines;
  }

  private static List<String> hottest(KeySample.Seen seen) {
    Table table = new Table("HOTTEST KEYS", "RECORDS", "SHARE %");
    for (HotKeys.Hot hot : seen.hottest()) {
      table.add(text(hot.key()), hot.count(), percent(hot.count() / (double) seen.records()));
    }
    return table.lines();
  }

  private static List<String> spread(String partitioner, KeySample.Seen seen) {
    List<String> heads = new ArrayList<>(List.of("PARTITIONS", "FAIR %", "FULLEST %"));
    List<KeyOutlook> outlooks = seen.outlooks();
    outlooks.get(0).salted().keySet().forEach(salts -> heads.add(salts + " SALTS %"));
    boolean compound = outlooks.get(0).compound() != null;
    if (compound) {
      heads.add("COMPOUND %");
    }
    Table table = new Table(heads.toArray(new String[0]));
    for (KeyOutlook one : outlooks) {
      List<@Nullable Object> row = new ArrayList<>();
      row.add(one.partitions());
      row.add(percent(one.fairShare()));
      row.add(percent(one.share()));
      one.salted().values().forEach(share -> row.add(percent(share)));
      if (one.compound() != null) {
        row.add(percent(one.compound()));
      }
      table.add(row.toArray());
    }
    List<String> lines = new ArrayList<>();
    lines.add("share of the fullest partition, partitioner " + partitioner);
    lines.addAll(table.lines());
    return lines;
  }

  private static String percent(double share) {
    return Amounts.decimal(100 * share, 1);
  }

  private static int fullest(long[] stored) {
    int fullest = 0;
    for (int i = 1; i < stored.length; i++) {
      fullest = stored[i] > stored[fullest] ? i : fullest;
    }
    return fullest;
  }

  /** A key on one line: as it is if it is text, else with escapes; the beginning of a long one. */
  static String text(byte[] key) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      text = new String(key, StandardCharsets.ISO_8859_1);
      StringBuilder escaped = new StringBuilder();
      text.chars()
          .limit(KEY_CHARACTERS_MAX + 1)
          .forEach(c ->
              escaped.append(
                  c > ' ' && c < 127 ? Character.toString(c) : String.format("\\x%02x", c)));
      text = escaped.toString();
    }
    text = text.replaceAll("\\p{Cntrl}", "\u00b7");
    if (text.codePointCount(0, text.length()) > KEY_CHARACTERS_MAX) {
      text = text.substring(0, text.offsetByCodePoints(0, KEY_CHARACTERS_MAX)) + "...";
    }
    return text.isEmpty() ? "\"\"" : text;
  }

  // --- JSON ---

  /**
   * @param stored as in {@link #lines}
   */
  static Map<String, @Nullable Object> document(
      String partitioner, KeySample.Seen seen, long @Nullable [] stored) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("records", seen.records());
    document.put("keyless", seen.keyless());
    document.put("keys", seen.keys());
    document.put("exact", seen.isExact());
    document.put("count_error", seen.countError());
    List<Object> hottest = new ArrayList<>();
    for (HotKeys.Hot hot : seen.hottest()) {
      Map<String, @Nullable Object> one = new LinkedHashMap<>();
      RecordJson.put(one, "key", hot.key());
      one.put("records", hot.count());
      one.put("share", hot.count() / (double) seen.records());
      hottest.add(one);
    }
    document.put("hottest", hottest);
    document.put("partitioner", partitioner);
    document.put("spread", seen.outlooks().stream().map(KeyReport::document).toList());
    if (stored != null) {
      document.put("stored", Arrays.stream(stored).boxed().toList());
    }
    return document;
  }

  private static Map<String, @Nullable Object> document(KeyOutlook one) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("partitions", one.partitions());
    document.put("fair", one.fairShare());
    document.put("fullest", one.share());
    document.put("fullest_partition", one.fullest());
    List<Object> salted = new ArrayList<>();
    one.salted()
        .forEach((salts, share) -> {
          Map<String, Object> of = new LinkedHashMap<>();
          of.put("salts", salts);
          of.put("fullest", share);
          salted.add(of);
        });
    document.put("salted", salted);
    document.put("compound", one.compound());
    document.put("advice", one.advice().word());
    document.put("sentence", one.sentence());
    return document;
  }
}
