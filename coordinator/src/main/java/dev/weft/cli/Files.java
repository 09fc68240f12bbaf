package dev.weft.cli;

import dev.weft.coordinator.yaml.Yaml;
import dev.weft.coordinator.yaml.YamlException;
import dev.weft.policy.Problem;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code -f}: reads the resources that a command is about. */
final class Files {
  /**
   * One resource, as it is written.
   *
   * @param where the file and which document of it, for messages
   */
  record Found(String where, Map<String, Object> tree) {
    /** Such as {@code PeerAuthentication default/strict}. */
    String name() {
      return Trees.text(tree, "kind")
          + " "
          + Trees.text(tree, "metadata", "namespace")
          + "/"
          + Trees.text(tree, "metadata", "name");
    }
  }

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE|DIR|-",
      description =
          "YAML or JSON: a file, all .yaml, .yml and .json files of a folder, or - for stdin; can be"
              + " given several times.")
  private List<String> names = List.of();

  @Option(
      names = {"-R", "--recursive"},
      description = "Folders with all that is below them.")
  private boolean recursive;

  boolean given() {
    return !names.isEmpty();
  }

  /**
   * Reads all of it.
   *
   * @param namespace for resources that name none; those that name another are refused. Null:
   *     {@code default}, and any other is fine
   */
  List<Found> read(Terminal terminal, @Nullable String namespace) {
    List<Found> all = new ArrayList<>();
    for (String name : names) {
      if (name.equals("-")) {
        add(all, "stdin", readAll("stdin", terminal.in()), namespace, false);
        continue;
      }
      for (Path file : files(Path.of(name), recursive)) {
        try (InputStream in = java.nio.file.Files.newInputStream(file)) {
          boolean json = file.toString().endsWith(".json");
          add(all, file.toString(), readAll(file.toString(), in), namespace, json);
        } catch (NoSuchFileException e) {
          throw new CliException(file + ": no such file");
        } catch (IOException e) {
          throw new CliException(file + ": cannot be read: " + e);
        }
      }
    }
    if (all.isEmpty()) {
      throw new CliException(String.join(", ", names) + ": no resources in there");
    }
    return all;
  }

  private static List<Path> files(Path path, boolean recursive) {
    if (!java.nio.file.Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = java.nio.file.Files.walk(path, recursive ? Integer.MAX_VALUE : 1)) {
      List<Path> files =
          entries
              .filter(file -> file.toString().matches(".*\\.(yaml|yml|json)"))
              .filter(java.nio.file.Files::isRegularFile)
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new CliException(path + ": a folder without .yaml, .yml or .json files");
      }
      return files;
    } catch (IOException | UncheckedIOException e) {
      throw new CliException(path + ": cannot be listed: " + e);
    }
  }

  private static String readAll(String name, InputStream in) {
    try {
      byte[] bytes = in.readNBytes(AdminClient.MAX_BODY + 1);
      if (bytes.length > AdminClient.MAX_BODY) {
        throw new CliException(
            name + ": longer than " + AdminClient.MAX_BODY + " bytes (expected: at most that)");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CliException(name + ": not text in UTF-8");
    } catch (IOException e) {
      throw new CliException(name + ": cannot be read: " + e);
    }
  }

  private static void add(
      List<Found> all, String name, String text, @Nullable String namespace, boolean json) {
    List<?> documents;
    try {
      documents = json ? json(text) : Yaml.read(text);
    } catch (YamlException e) {
      throw new CliException(name + " document " + e.document() + ": " + e.getMessage());
    } catch (WireException e) {
      throw new CliException(name + ": " + e.getMessage());
    }
    for (int i = 0; i < documents.size(); i++) {
      String where = documents.size() == 1 ? name : name + " document " + i;
      Object document = documents.get(i);
      // As `kubectl get -o yaml` and `weft get -o yaml` print several.
      if ("List".equals(Trees.at(document, "kind"))
          && Trees.at(document, "items") instanceof List<?> items) {
        for (int j = 0; j < items.size(); j++) {
          all.add(found(where + " items[" + j + "]", items.get(j), namespace));
        }
      } else {
        all.add(found(where, document, namespace));
      }
    }
  }

  private static List<?> json(String text) throws WireException {
    Object tree = Json.parse(text.getBytes(StandardCharsets.UTF_8));
    return tree instanceof List<?> list ? list : List.of(tree == null ? "null" : tree);
  }

  private static Found found(String where, @Nullable Object document, @Nullable String namespace) {
    if (!(document instanceof Map<?, ?> map)) {
      throw new CliException(
          where
              + ": "
              + Problem.wrong("document", document, "an object with apiVersion, kind, metadata"));
    }
    Map<String, Object> tree = new LinkedHashMap<>();
    map.forEach((key, value) -> tree.put(String.valueOf(key), value));
    if (map.get("metadata") instanceof Map<?, ?> metadata) {
      Object own = metadata.get("namespace");
      if (own == null) {
        Map<String, Object> with = new LinkedHashMap<>();
        metadata.forEach((key, value) -> with.put(String.valueOf(key), value));
        with.put("namespace", namespace == null ? "default" : namespace);
        tree.put("metadata", with);
      } else if (namespace != null && !namespace.equals(own)) {
        throw new CliException(
            where + ": metadata.namespace: " + own + " (expected: " + namespace + ", as -n says)");
      }
    }
    return new Found(where, tree);
  }
}
