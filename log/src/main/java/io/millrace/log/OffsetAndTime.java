package io.millrace.log;

/** A record's offset and its timestamp in ms. */
public record OffsetAndTime(long offset, long timestamp) {}
