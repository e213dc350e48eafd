@NullMarked
package io.millrace.junit.sample;

import org.jspecify.annotations.NullMarked;
