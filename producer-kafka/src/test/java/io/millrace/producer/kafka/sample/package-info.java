/**
 * What the pages on the adapter and on coming from other clients show, compiled and run. A sample
 * goes from {@code // sample: name} to {@code // end}.
 */
package io.millrace.producer.kafka.sample;
