package dev.weft.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as trees of {@code Map<String, Object>}, {@code List<Object>}, {@code String}, {@code Long},
 * {@code Double}, {@code Boolean} and null; the same shape that YAML is read into, so that policy
 * is parsed from one form only. Maps keep the order of their fields.
 */
public final class Json {
  /** Deeper nesting is refused. */
  public static final int MAX_DEPTH = 64;

  /** Longer names of fields, and numbers, are refused; both are more than anything here has. */
  private static final int MAX_NAME = 1_000;

  private static final int MAX_DIGITS = 40;

  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxStringLength(4 << 20)
                  .maxNameLength(MAX_NAME)
                  .maxNumberLength(MAX_DIGITS)
                  .build())
          .build();

  private Json() {}

  /**
   * Reads one document.
   *
   * @throws WireException if the bytes are not exactly one JSON value, repeat a field, or nest
   *     deeper than {@link #MAX_DEPTH}
   */
  public static @Nullable Object parse(byte[] utf8) throws WireException {
    return parse(utf8, Integer.MAX_VALUE);
  }

  private static @Nullable Object parse(byte[] utf8, int maxValues) throws WireException {
    try (JsonParser parser = FACTORY.createParser(utf8)) {
      if (parser.nextToken() == null) {
        throw new WireException("not JSON: empty");
      }
      Object value = new Reader(parser, maxValues).read();
      if (parser.nextToken() != null) {
        throw new WireException("not JSON: more than one value");
      }
      return value;
    } catch (JsonParseException e) {
      throw new WireException("not JSON: " + e.getOriginalMessage() + at(e), e);
    } catch (WireException e) {
      throw e;
    } catch (IOException e) {
      throw new WireException("not JSON: " + e.getMessage(), e);
    }
  }

  /** Reads one document that must be an object. */
  public static Map<String, Object> parseObject(byte[] utf8) throws WireException {
    return parseObject(utf8, Integer.MAX_VALUE);
  }

  /** The same, of at most so many values: each takes far more memory than its few bytes. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> parseObject(byte[] utf8, int maxValues) throws WireException {
    Object value = parse(utf8, maxValues);
    if (value instanceof Map) {
      return (Map<String, Object>) value;
    }
    throw new WireException("not a JSON object");
  }

  /** Writes a tree, compactly, as UTF-8. */
  public static byte[] bytes(@Nullable Object tree) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator generator = FACTORY.createGenerator(out)) {
      write(generator, tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // cannot be: the stream is memory
    }
    return out.toByteArray();
  }

  private static String at(JsonParseException e) {
    return e.getLocation() == null
        ? ""
        : " (line "
            + e.getLocation().getLineNr()
            + ", column "
            + e.getLocation().getColumnNr()
            + ")";
  }

  /** Makes the tree of one document. */
  private static final class Reader {
    private final JsonParser parser;
    private final int maxValues;
    private int values;

    Reader(JsonParser parser, int maxValues) {
      this.parser = parser;
      this.maxValues = maxValues;
    }

    @Nullable Object read() throws IOException {
      if (++values > maxValues) {
        throw new WireException("not JSON: more than " + maxValues + " values");
      }
      switch (parser.currentToken()) {
        case START_OBJECT:
          Map<String, @Nullable Object> map = new LinkedHashMap<>();
          while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            map.put(name, read());
          }
          return map;
        case START_ARRAY:
          List<@Nullable Object> list = new ArrayList<>();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(read());
          }
          return list;
        case VALUE_STRING:
          return parser.getText();
        case VALUE_NUMBER_INT:
          return parser.getLongValue();
        case VALUE_NUMBER_FLOAT:
          double number = parser.getDoubleValue();
          if (!Double.isFinite(number)) {
            throw new WireException("not JSON: a number beyond all bounds");
          }
          return number;
        case VALUE_TRUE:
          return Boolean.TRUE;
        case VALUE_FALSE:
          return Boolean.FALSE;
        case VALUE_NULL:
          return null;
        default:
          throw new WireException("not JSON: unexpected " + parser.currentToken());
      }
    }
  }

  private static void write(JsonGenerator generator, @Nullable Object value) throws IOException {
    if (value == null) {
      generator.writeNull();
    } else if (value instanceof String string) {
      generator.writeString(string);
    } else if (value instanceof Map<?, ?> map) {
      generator.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        generator.writeFieldName(String.valueOf(entry.getKey()));
        write(generator, entry.getValue());
      }
      generator.writeEndObject();
    } else if (value instanceof Iterable<?> list) {
      generator.writeStartArray();
      for (Object element : list) {
        write(generator, element);
      }
      generator.writeEndArray();
    } else if (value instanceof Boolean bool) {
      generator.writeBoolean(bool);
    } else if (value instanceof Integer || value instanceof Long) {
      generator.writeNumber(((Number) value).longValue());
    } else if (value instanceof Number number) {
      generator.writeNumber(number.doubleValue());
    } else {
      throw new IllegalArgumentException("no JSON for " + value.getClass().getName());
    }
  }
}
