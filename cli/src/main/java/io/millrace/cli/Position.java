package io.millrace.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;

/** A place in a log, as users write it. */
sealed interface Position {

  String FORMS = "earliest, latest, offset:N or time:ISO";

  record Earliest() implements Position {}

  record Latest() implements Position {}

  record Offset(long offset) implements Position {}

  /** The first record of that time or later; the end if there is none. */
  record Time(long ms) implements Position {}

  /** So many records on from where a group stands, or back if below 0. */
  record By(long records) implements Position {}

  /**
   * Reads a place.
   *
   * @param option what to name in a complaint
   * @param forms what it may be
   * @param zone where a time is that does not say its zone
   * @throws CommandFailure if it is none
   */
  static Position parse(String option, String forms, String text, ZoneId zone) {
    return switch (text) {
      case "earliest" -> new Earliest();
      case "latest" -> new Latest();
      default -> {
        int colon = text.indexOf(':');
        String kind = colon < 0 ? text : text.substring(0, colon);
        String rest = colon < 0 ? "" : text.substring(colon + 1);
        yield switch (kind) {
          case "offset" -> new Offset(number(option, rest, 0));
          case "by" -> new By(number(option, rest, Long.MIN_VALUE));
          case "time" -> new Time(time(option, rest, zone));
          default ->
              throw CommandFailure.usage(option + " cannot be \"" + text + "\": it wants " + forms);
        };
      }
    };
  }

  private static long number(String option, String text, long least) {
    try {
      long number = Long.parseLong(text);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw CommandFailure.usage(option + " cannot take \"" + text + "\" for a number of records");
  }

  private static long time(String option, String text, ZoneId zone) {
    try {
      // No record is older: below 0, numbers stand for other things than times.
      return Math.max(0, instant(text, zone).toEpochMilli());
    } catch (DateTimeException | ArithmeticException e) {
      throw CommandFailure.usage(
          option
              + " cannot take \""
              + text
              + "\" for a time: it wants 2026-01-31, 2026-01-31T12:00:00,"
              + " 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+01:00");
    }
  }

  private static Instant instant(String text, ZoneId zone) {
    if (text.matches("\\d{4}-\\d{2}-\\d{2}")) {
      return LocalDate.parse(text).atStartOfDay(zone).toInstant();
    }
    if (text.matches(".*T.*(Z|[+-]\\d{2}(:?\\d{2})?)")) {
      return OffsetDateTime.parse(text).toInstant();
    }
    return LocalDateTime.parse(text).atZone(zone).toInstant();
  }
}
