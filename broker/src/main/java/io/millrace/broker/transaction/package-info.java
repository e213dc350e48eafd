/** Who produces: ids, epochs, transactions. */
@NullMarked
package io.millrace.broker.transaction;

import org.jspecify.annotations.NullMarked;
