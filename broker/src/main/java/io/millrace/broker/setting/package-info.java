/**
 * Settings as rows of a table: name, type, unit, range, default, what it does. Parsing, refusals,
 * DescribeConfigs and the documentation page all come from the row.
 */
@NullMarked
package io.millrace.broker.setting;

import org.jspecify.annotations.NullMarked;
