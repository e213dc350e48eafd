package io.millrace.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A topic that is to be there: on a class before its tests, on a method before that test. One that
 * is there already is left as it is.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@Repeatable(Topic.List.class)
public @interface Topic {

  /** Its name. */
  String value();

  int partitions() default 1;

  /** Settings of the topic, {@code name=value} each. */
  String[] settings() default {};

  /** Several topics; Java puts it in place of them. */
  @Documented
  @Retention(RetentionPolicy.RUNTIME)
  @Target({ElementType.TYPE, ElementType.METHOD})
  @interface List {
    Topic[] value();
  }
}
