package dev.weft.coordinator.admin;

import dev.weft.coordinator.yaml.Yaml;
import dev.weft.coordinator.yaml.YamlException;
import dev.weft.policy.Dns1123;
import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kind;
import dev.weft.policy.Kinds;
import dev.weft.policy.Nearest;
import dev.weft.policy.Problem;
import dev.weft.policy.Resource;
import dev.weft.wire.Json;
import dev.weft.wire.WireException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the resources in a body. */
final class Documents {
  private static final String TYPES = "application/yaml or application/json, in UTF-8";
  private static final String SHAPE = "an object with apiVersion, kind, metadata and spec";

  /**
   * One resource of a body.
   *
   * @param index of its document
   */
  record Document(int index, Resource resource) {}

  /**
   * One tree of a body.
   *
   * @param prefix of the paths within it; that of an item, if the document is a {@code List}
   */
  private record Part(int index, String prefix, @Nullable Object tree) {}

  private Documents() {}

  /**
   * Reads all resources, or tells everything that is wrong with them.
   *
   * <p>YAML holds any number of documents; JSON one, or an array of them. A document may be a
   * {@code List}, as {@code kubectl get -o yaml} prints it.
   */
  static List<Document> read(Request request, String defaultNamespace) throws ProblemException {
    List<ProblemException.Error> errors = new ArrayList<>();
    List<Document> documents = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    for (Part part : parts(trees(request))) {
      try {
        Resource resource = parse(part, defaultNamespace);
        Integer earlier = seen.putIfAbsent(resource.id(), part.index());
        if (earlier != null) {
          throw new InvalidResourceException(
              resource.id(),
              List.of(
                  Problem.wrong(
                      "metadata.name",
                      resource.name(),
                      "each resource once; document " + earlier + " holds it already")));
        }
        documents.add(new Document(part.index(), resource));
      } catch (InvalidResourceException e) {
        for (Problem problem : e.problems()) {
          errors.add(
              new ProblemException.Error(
                  part.index(), e.resource(), problem.within(part.prefix())));
        }
      }
    }
    if (!errors.isEmpty()) {
      ProblemException.Error first = errors.get(0);
      throw new ProblemException(
          ProblemException.Kind.INVALID,
          "document "
              + first.document()
              + (first.resource().isEmpty() ? "" : " (" + first.resource() + ")")
              + ": "
              + first.problem()
              + (errors.size() == 1 ? "" : "; and " + (errors.size() - 1) + " more"),
          errors);
    }
    if (documents.isEmpty()) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.missing("body", "at least one resource"));
    }
    return documents;
  }

  /**
   * Which resource is meant: no more of it has to be good.
   *
   * @param index of its document
   */
  record Named(int index, String id) {}

  /** What the resources in a body are called, each once. */
  static List<Named> names(Request request, String defaultNamespace) throws ProblemException {
    List<ProblemException.Error> errors = new ArrayList<>();
    Map<String, Named> names = new LinkedHashMap<>();
    for (Part part : parts(trees(request))) {
      Map<?, ?> tree = part.tree() instanceof Map<?, ?> map ? map : Map.of();
      Map<?, ?> metadata = tree.get("metadata") instanceof Map<?, ?> map ? map : Map.of();
      Kind kind = Kinds.named(String.valueOf(tree.get("kind")));
      Object namespace = metadata.get("namespace");
      Problem problem =
          kind == null
              ? Problem.wrong("kind", tree.get("kind"), Kinds.expected())
              : !(metadata.get("name") instanceof String)
                  ? Problem.wrong("metadata.name", metadata.get("name"), Dns1123.SUBDOMAIN)
                  : null;
      if (problem != null || kind == null) {
        errors.add(
            new ProblemException.Error(
                part.index(), "", Objects.requireNonNull(problem).within(part.prefix())));
        continue;
      }
      String id =
          Resource.id(
              kind,
              namespace == null ? defaultNamespace : String.valueOf(namespace),
              String.valueOf(metadata.get("name")));
      names.putIfAbsent(id, new Named(part.index(), id));
    }
    if (!errors.isEmpty()) {
      throw new ProblemException(
          ProblemException.Kind.INVALID, errors.get(0).problem().toString(), errors);
    }
    if (names.isEmpty()) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.missing("body", "at least one resource"));
    }
    return List.copyOf(names.values());
  }

  private static Resource parse(Part part, String defaultNamespace)
      throws InvalidResourceException {
    if (!(part.tree() instanceof Map<?, ?> map)) {
      throw new InvalidResourceException("", List.of(Problem.wrong("", part.tree(), SHAPE)));
    }
    return Kinds.parse(object(map), defaultNamespace);
  }

  /** Takes lists apart. */
  private static List<Part> parts(List<?> trees) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < trees.size(); i++) {
      Object tree = trees.get(i);
      if (tree instanceof Map<?, ?> map
          && "List".equals(map.get("kind"))
          && map.get("items") instanceof List<?> items) {
        for (int j = 0; j < items.size(); j++) {
          parts.add(new Part(i, "items[" + j + "].", items.get(j)));
        }
      } else {
        parts.add(new Part(i, "", tree));
      }
    }
    return parts;
  }

  private static List<?> trees(Request request) throws ProblemException {
    if (isYaml(request)) {
      try {
        return Yaml.read(text(request.body()));
      } catch (YamlException e) {
        throw new ProblemException(
            ProblemException.Kind.BAD_REQUEST,
            "document " + e.document() + ": " + e.getMessage(),
            List.of(
                new ProblemException.Error(
                    e.document(), "", new Problem("", e.getMessage(), "YAML of JSON's types"))));
      }
    }
    Object tree = json(request.body());
    return tree instanceof List<?> list ? list : tree == null ? List.of() : List.of(tree);
  }

  /** Reads a body that must be one JSON object. */
  static Map<String, Object> jsonObject(Request request) throws ProblemException {
    if (isYaml(request)) {
      throw ProblemException.of(
          ProblemException.Kind.UNSUPPORTED_MEDIA_TYPE,
          Problem.wrong("Content-Type", request.header("content-type"), "application/json"));
    }
    if (json(request.body()) instanceof Map<?, ?> map) {
      return object(map);
    }
    throw ProblemException.of(
        ProblemException.Kind.BAD_REQUEST,
        Problem.wrong("body", text(request.body()), "a JSON object"));
  }

  /** What is wrong with the fields of an object that has these and no others. */
  static List<Problem> unknownFields(Map<String, Object> object, TreeSet<String> known) {
    List<Problem> problems = new ArrayList<>();
    object.forEach(
        (field, value) -> {
          if (!known.contains(field)) {
            String nearest = Nearest.of(field, known);
            problems.add(
                Problem.wrong(
                    field,
                    value,
                    "a known field: "
                        + String.join(", ", known)
                        + (nearest == null ? "" : "; did you mean " + nearest + "?")));
          }
        });
    return problems;
  }

  /**
   * The field of an object that is a DNS-1123 label; if it is not, a problem is added.
   *
   * @param absent what it is if it is not there; null: it has to be
   */
  static String label(
      Map<String, Object> object, String field, @Nullable String absent, List<Problem> problems) {
    Object value = object.get(field);
    if (value == null && absent != null) {
      return absent;
    }
    if (value instanceof String text && Dns1123.isLabel(text)) {
      return text;
    }
    problems.add(
        value == null
            ? Problem.missing(field, Dns1123.LABEL)
            : Problem.wrong(field, value, Dns1123.LABEL));
    return "";
  }

  /** Refuses a request if anything is wrong with it. */
  static void refuse(List<Problem> problems) throws ProblemException {
    if (!problems.isEmpty()) {
      throw new ProblemException(
          ProblemException.Kind.BAD_REQUEST,
          problems.get(0).toString(),
          problems.stream().map(p -> new ProblemException.Error(-1, "", p)).toList());
    }
  }

  private static @Nullable Object json(byte[] body) throws ProblemException {
    try {
      return Json.parse(body);
    } catch (WireException e) {
      throw new ProblemException(
          ProblemException.Kind.BAD_REQUEST,
          String.valueOf(e.getMessage()),
          List.of(new ProblemException.Error(0, "", new Problem("", e.getMessage(), "JSON"))));
    }
  }

  private static boolean isYaml(Request request) throws ProblemException {
    String header = request.header("content-type");
    if (header == null) {
      throw ProblemException.of(
          ProblemException.Kind.UNSUPPORTED_MEDIA_TYPE, Problem.missing("Content-Type", TYPES));
    }
    String[] parts = header.toLowerCase(Locale.ROOT).split(";");
    boolean utf8 = true;
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().replace("\"", "");
      utf8 &= !parameter.startsWith("charset=") || parameter.equals("charset=utf-8");
    }
    String type = parts[0].strip();
    boolean yaml =
        type.equals("application/yaml")
            || type.equals("application/x-yaml")
            || type.equals("text/yaml");
    if (!utf8 || !yaml && !type.equals("application/json")) {
      throw ProblemException.of(
          ProblemException.Kind.UNSUPPORTED_MEDIA_TYPE,
          Problem.wrong("Content-Type", header, TYPES));
    }
    return yaml;
  }

  private static String text(byte[] body) throws ProblemException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw ProblemException.of(
          ProblemException.Kind.BAD_REQUEST, Problem.wrong("body", "bytes", "text in UTF-8"));
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Map<?, ?> tree) {
    return (Map<String, Object>) tree; // all keys of what we read are text
  }
}
