package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

  @Test
  void aDocumentIsOnOneLine() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("text", "a \"b\"\n");
    document.put("numbers", Arrays.asList(1, 2L, 0.5, null, true));
    document.put("inner", Map.of("list", List.of()));
    assertThat(Json.text(document))
        .isEqualTo(
            "{\"text\":\"a \\\"b\\\"\\n\",\"numbers\":[1,2,0.5,null,true],"
                + "\"inner\":{\"list\":[]}}");
  }

  @Test
  void aMemberIsFoundAtTheTopOnly() {
    String document = "{\"inner\":{\"kafka\":\"no\"},\"list\":[{}],\"kafka\":\"h:1\",\"n\":1}";
    assertThat(Json.member(document, "kafka")).isEqualTo("h:1");
    assertThat(Json.member(document, "n")).isNull();
    assertThat(Json.member(document, "other")).isNull();
    assertThat(Json.member("[]", "kafka")).isNull();
  }
}
