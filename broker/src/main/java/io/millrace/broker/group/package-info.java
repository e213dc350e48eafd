/** Who consumes: groups, members, committed offsets. */
@NullMarked
package io.millrace.broker.group;

import org.jspecify.annotations.NullMarked;
