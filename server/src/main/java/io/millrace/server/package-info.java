/**
 * A whole broker in one object: {@link io.millrace.server.Millrace}, whether a command starts it or
 * a program embeds it.
 */
@NullMarked
package io.millrace.server;

import org.jspecify.annotations.NullMarked;
