package io.millrace.kafka;

/**
 * What one connection may take.
 *
 * @param requestBytesMax largest request
 * @param otherRequestBytesMax largest request other than produce
 * @param idleMs how long nothing may be asked
 * @param arrivalMs how long a request that was begun may bring nothing new
 */
record ConnectionLimits(
    int requestBytesMax, int otherRequestBytesMax, long idleMs, long arrivalMs) {}
