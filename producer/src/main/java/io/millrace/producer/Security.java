package io.millrace.producer;

import org.jspecify.annotations.Nullable;

/**
 * How connections are protected.
 *
 * @param tls null for sockets as they are
 * @param login null if brokers do not ask who it is
 */
record Security(@Nullable TlsSettings tls, @Nullable SaslLogin login) {

  static final Security NONE = new Security(null, null);
}
