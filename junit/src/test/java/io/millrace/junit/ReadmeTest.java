package io.millrace.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class ReadmeTest {

  @Test
  void sampleIsTheTestThatRuns() throws IOException {
    String test =
        Files.readString(Path.of("src/test/java/io/millrace/junit/sample/OrdersTest.java"));
    String sample =
        test.substring(
            test.indexOf('\n', test.indexOf("// In the README from here")) + 1,
            test.indexOf("// In the README up to here"));
    assertThat(Files.readString(Path.of("README.md"))).contains("```java\n" + sample + "```");
  }

  @Test
  void versionToDependOnIsThatOfTheBuild() throws IOException {
    Matcher version =
        Pattern.compile("<version>([^<]+)</version>").matcher(Files.readString(Path.of("pom.xml")));
    assertThat(version.find()).isTrue();
    assertThat(Files.readString(Path.of("README.md")))
        .contains("<artifactId>millrace-junit</artifactId>\n  " + version.group());
    assertThat(Files.readString(Path.of("..", "README.md")))
        .contains("io.millrace:millrace-junit:" + version.group(1));
  }
}
