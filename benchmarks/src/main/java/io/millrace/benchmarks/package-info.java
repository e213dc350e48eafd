/**
 * Millrace and Apache Kafka measured side by side.
 *
 * <p>A {@code command} makes a load and two peers and hands them to {@code load.Contest}, which
 * plays them in turn, A B A B. A load runs one of Kafka's own tools ({@code tool}) or a small
 * program of ours ({@code client}) against a broker ({@code peer}), between two readings of {@code
 * /proc} ({@code machine}), and checks that what was acknowledged can be read back. {@code figure}
 * turns the samples into ratios and Markdown.
 */
@NullMarked
package io.millrace.benchmarks;

import org.jspecify.annotations.NullMarked;
