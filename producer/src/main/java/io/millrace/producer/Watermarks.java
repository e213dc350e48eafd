package io.millrace.producer;

/**
 * Where a partition begins and ends.
 *
 * @param low the first offset that can be read
 * @param high the offset after the last record
 */
public record Watermarks(long low, long high) {}
