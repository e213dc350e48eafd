package io.millrace.systemtests.kafka;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** On a {@link BrokerTest}: it runs once with one shard and once with two. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "over {0} shard(s)")
@ValueSource(ints = {1, 2})
@interface OverOneAndTwoShards {}
