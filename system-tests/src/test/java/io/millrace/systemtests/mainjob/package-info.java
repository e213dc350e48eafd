/**
 * The main job: an access log through one broker, with a member and the broker killed on the way.
 */
@NullMarked
package io.millrace.systemtests.mainjob;

import org.jspecify.annotations.NullMarked;
