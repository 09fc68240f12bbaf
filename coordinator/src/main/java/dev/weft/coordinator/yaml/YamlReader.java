package dev.weft.coordinator.yaml;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.resolver.ScalarResolver;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.JsonSchema;

/**
 * Builds trees from the parser's events, so that every bound holds while reading: an alias counts
 * as often as it is used, and a "billion laughs" is refused when it has barely begun. Types are
 * those of JSON; a time stays text.
 */
final class YamlReader {
  private static final LoadSettings SETTINGS =
      LoadSettings.builder().setSchema(new JsonSchema()).build();
  private static final ScalarResolver TYPES = SETTINGS.getSchema().getScalarResolver();

  /** A finished node that an alias may name, and how many nodes that adds each time. */
  private record Anchored(@Nullable Object value, int nodes) {}

  private final String text;
  private final StreamReader in;
  private final Iterator<Event> events;
  private final Map<Anchor, Anchored> anchors = new HashMap<>();
  private int document;
  private int nodes;

  YamlReader(String text) {
    this.text = text;
    in = new StreamReader(SETTINGS, text);
    events = new ParserImpl(SETTINGS, in);
  }

  List<Object> documents() throws YamlException {
    List<Object> documents = new ArrayList<>();
    try {
      while (events.hasNext()) {
        Event start = events.next();
        if (start.getEventId() != Event.ID.DocumentStart) {
          continue;
        }
        document = documents.size();
        anchors.clear(); // they hold within one document
        Object value = node(events.next(), 1);
        if (value != null) {
          if (documents.size() == Yaml.MAX_DOCUMENTS) {
            throw wrong(
                start, "more than " + Yaml.MAX_DOCUMENTS + " documents (expected: at most that)");
          }
          documents.add(value);
        }
      }
    } catch (MarkedYamlEngineException e) {
      String problem =
          e.getContext() == null ? e.getProblem() : e.getContext() + " " + e.getProblem();
      throw new YamlException(document, problem + at(e.getProblemMark()));
    } catch (ReaderException e) {
      // Neither its position, within what was read ahead, nor the mark says where. It is the first.
      int at = Math.max(0, text.indexOf(e.getCodePoint()));
      long line = 1 + text.chars().limit(at).filter(c -> c == '\n').count();
      throw new YamlException(
          document, String.format("the character U+%04X (line %d)", e.getCodePoint(), line));
    } catch (YamlEngineException e) {
      throw new YamlException(document, e.getMessage() + at(in.getMark()));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      // The parser's own: an escape without digits, or beyond Unicode.
      throw new YamlException(
          document, "an escape that is none: " + e.getMessage() + at(in.getMark()));
    }
    return documents;
  }

  private @Nullable Object node(Event event, int depth) throws YamlException {
    count(1, event);
    if (depth > Yaml.MAX_DEPTH) {
      throw wrong(event, "nested deeper than " + Yaml.MAX_DEPTH);
    }
    if (event instanceof AliasEvent alias) {
      Anchored anchored = anchors.get(alias.getAlias());
      if (anchored == null) {
        throw wrong(event, "alias *" + alias.getAlias() + " to nothing that was finished before");
      }
      count(anchored.nodes(), event);
      return anchored.value();
    }
    int before = nodes;
    Object value;
    if (event instanceof ScalarEvent scalar) {
      value = scalar(scalar);
    } else if (event.getEventId() == Event.ID.SequenceStart) {
      value = sequence((CollectionStartEvent) event, depth);
    } else {
      value = mapping((CollectionStartEvent) event, depth);
    }
    Optional<Anchor> anchor = ((NodeEvent) event).getAnchor();
    if (anchor.isPresent()) {
      anchors.put(anchor.get(), new Anchored(value, nodes - before));
    }
    return value;
  }

  private List<@Nullable Object> sequence(CollectionStartEvent start, int depth)
      throws YamlException {
    requireTag(start, start.getTag(), Tag.SEQ);
    List<@Nullable Object> list = new ArrayList<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.SequenceEnd;
        event = events.next()) {
      list.add(node(event, depth + 1));
    }
    return list;
  }

  private Map<String, @Nullable Object> mapping(CollectionStartEvent start, int depth)
      throws YamlException {
    requireTag(start, start.getTag(), Tag.MAP);
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (Event event = events.next();
        event.getEventId() != Event.ID.MappingEnd;
        event = events.next()) {
      // As in JSON a key is text; 8080 and true are taken as they are written, as Kubernetes does.
      if (!(event instanceof ScalarEvent key)) {
        throw wrong(event, "a key that is no text");
      }
      count(1, event);
      Object value = node(events.next(), depth + 1);
      if (map.containsKey(key.getValue())) {
        throw wrong(event, "key " + key.getValue() + " again (expected: once)");
      }
      map.put(key.getValue(), value);
    }
    return map;
  }

  private @Nullable Object scalar(ScalarEvent event) throws YamlException {
    String text = event.getValue();
    Tag tag =
        event.getTag().isPresent() && !event.getTag().get().equals("!")
            ? new Tag(event.getTag().get())
            : TYPES.resolve(text, event.getTag().isEmpty() && event.isPlain());
    if (tag.equals(Tag.STR)) {
      boolean tilde = event.isPlain() && event.getTag().isEmpty() && text.equals("~");
      return tilde ? null : text; // what people write for null
    }
    try {
      if (tag.equals(Tag.INT)) {
        return Long.valueOf(text);
      }
      if (tag.equals(Tag.FLOAT)) {
        double number = Double.parseDouble(text);
        if (Double.isFinite(number)) {
          return number;
        }
      }
    } catch (NumberFormatException e) {
      throw wrong(event, text + " (expected: a number of at most 64 bits)");
    }
    if (tag.equals(Tag.BOOL) && (text.equals("true") || text.equals("false"))) {
      return Boolean.valueOf(text);
    }
    if (tag.equals(Tag.NULL)) {
      return null;
    }
    throw wrong(event, text + " of type " + tag + " (expected: a type that JSON has)");
  }

  private void requireTag(Event event, Optional<String> tag, Tag expected) throws YamlException {
    if (tag.isPresent() && !tag.get().equals("!") && !tag.get().equals(expected.getValue())) {
      throw wrong(event, "type " + tag.get() + " (expected: a type that JSON has)");
    }
  }

  private void count(int more, Event event) throws YamlException {
    if (more > Yaml.MAX_NODES - nodes) {
      throw wrong(event, "more than " + Yaml.MAX_NODES + " values, each alias counted in full");
    }
    nodes += more;
  }

  private YamlException wrong(Event event, String problem) {
    return new YamlException(document, problem + at(event.getStartMark()));
  }

  private static String at(Optional<Mark> mark) {
    return mark.map(m -> " (line " + (m.getLine() + 1) + ", column " + (m.getColumn() + 1) + ")")
        .orElse("");
  }
}
