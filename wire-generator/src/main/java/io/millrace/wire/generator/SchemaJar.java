package io.millrace.wire.generator;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The kafka-clients jar on this program's class path, seen as a folder of schemas. */
final class SchemaJar {
  private static final String FOLDER = "common/message";

  private SchemaJar() {}

  /** All schemas, by name. */
  static List<MessageSchema> read() throws IOException {
    URL known = SchemaJar.class.getClassLoader().getResource(FOLDER + "/ApiVersionsRequest.json");
    if (known == null) {
      throw new IOException("no kafka-clients jar with message schemas on the class path");
    }
    String jar = known.toString().substring(0, known.toString().indexOf('!'));
    try (FileSystem files = FileSystems.newFileSystem(new URI(jar), Map.of());
        Stream<Path> paths = Files.list(files.getPath(FOLDER))) {
      List<MessageSchema> schemas = new ArrayList<>();
      for (Path path : paths.sorted().toList()) {
        if (path.toString().endsWith(".json")) {
          schemas.add(SchemaReader.read(Files.readString(path, StandardCharsets.UTF_8)));
        }
      }
      return schemas;
    } catch (URISyntaxException e) {
      throw new IOException("cannot open " + jar, e);
    }
  }
}
