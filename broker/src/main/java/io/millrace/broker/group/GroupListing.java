package io.millrace.broker.group;

/** What a list of all groups says of one. */
public record GroupListing(String id, GroupState state, String protocolType) {}
