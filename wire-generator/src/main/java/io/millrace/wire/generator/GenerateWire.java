package io.millrace.wire.generator;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The program: {@code GenerateWire FOLDER} writes all sources of the wire module below FOLDER. */
public final class GenerateWire {
  private GenerateWire() {}

  public static void main(String[] args) throws IOException {
    if (args.length != 1) {
      throw new IllegalArgumentException("usage: GenerateWire FOLDER");
    }
    List<MessageSchema> schemas = SchemaJar.read();
    SourceFolder folder = new SourceFolder(Path.of(args[0]));
    for (MessageSchema schema : schemas) {
      if (!schema.versions().isEmpty()) {
        String source = new MessageClass(schema).source();
        folder.write(MessageClass.PACKAGE, schema.name(), source);
      }
    }
    folder.write(ApiKeyClass.PACKAGE, ApiKeyClass.NAME, new ApiKeyClass(schemas).source());
    folder.removeOthers();
    if (folder.changes() > 0) {
      System.out.printf(
          "wire: %d schemas, %d classes, %d files changed%n",
          schemas.size(), folder.files(), folder.changes());
    }
  }
}
