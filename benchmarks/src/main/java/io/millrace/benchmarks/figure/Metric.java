package io.millrace.benchmarks.figure;

/**
 * Something that is measured in every run.
 *
 * @param name with its unit, as the report's tables show it
 * @param decimals of an absolute value in the report
 */
public record Metric(String name, int decimals) {}
