package dev.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.TlsMode;
import dev.weft.wire.Bound.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every field of every message: taken at its bound, refused beyond it. */
@Tag("same-on-every-jdk")
class BoundsTest {
  static Stream<String> types() {
    return Bounds.messages().keySet().stream();
  }

  @Test
  void everyMessageIsInTheTable() throws WireException {
    Set<Class<?>> made = new HashSet<>();
    for (String type : Bounds.messages().keySet()) {
      Message message = Message.decode(Json.bytes(Samples.good(type)));
      assertThat(message.type()).isEqualTo(type);
      made.add(message.getClass());
    }
    Set<Class<?>> all = new HashSet<>(Arrays.asList(Message.class.getPermittedSubclasses()));
    all.remove(Message.Unknown.class);
    assertThat(made).isEqualTo(all);
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyFieldIsInTheTable(String type) throws WireException {
    Map<String, Object> sample = Samples.good(type);
    Map<String, Object> said = Json.parseObject(Message.decode(Json.bytes(sample)).encode());
    assertThat(paths("", sample)).containsAll(paths("", said));
  }

  private static Set<String> paths(String where, Object value) {
    Set<String> all = new TreeSet<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (name, inner) -> {
            all.add(where + "." + name);
            all.addAll(paths(where + "." + name, inner));
          });
    } else if (value instanceof List<?> list) {
      list.forEach(inner -> all.addAll(paths(where + "[]", inner)));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatIsAtItsBoundIsTaken(String type) {
    for (Samples.Changed changed : Samples.atBounds(type)) {
      assertThatCode(() -> Message.decode(changed.encoded()))
          .as("%s", changed)
          .doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatIsBeyondIsRefused_andNamed_inPlainText(String type) {
    for (Samples.Changed changed : Samples.beyond(type)) {
      assertThatThrownBy(() -> Message.decode(changed.encoded()))
          .as("%s", changed)
          .isInstanceOf(WireException.class)
          .hasMessageStartingWith(changed.field() + ": ")
          .message()
          .hasSizeLessThan(500)
          .matches(Plain::isPlain);
    }
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatIsSentIsNeverBeyond(String type) {
    for (Samples.Changed changed : Samples.beyond(type)) {
      Map<String, Object> fields = new HashMap<>(changed.message());
      fields.remove("t");
      if (changed.ofItsType() && !isNameOfTheMessage(changed)) {
        assertThatCode(() -> Bounds.check(type, Bounds.fitted(type, fields)))
            .as("%s", changed)
            .doesNotThrowAnyException();
      }
    }
  }

  /** A name that is none cannot be made one, and a message without it says nothing. */
  private static boolean isNameOfTheMessage(Samples.Changed changed) {
    String field = changed.field().substring(changed.type().length() + 1);
    return Bounds.messages().get(changed.type()).fields().get(field) instanceof Text text
        && text.form() != Bound.Form.TEXT
        && text.form() != Bound.Form.ASCII;
  }

  @Test
  void whatAProcessHasTooMuchOfIsCut_andTheRestIsSaid() throws WireException {
    List<Message.Woven> woven =
        new ArrayList<>(
            Collections.nCopies(
                300, new Message.Woven("tomcat", false, "\u001b[31m" + "no ".repeat(500))));
    Map<String, String> labels = new HashMap<>();
    for (int i = 0; i < 50; i++) {
      labels.put("label-" + i, "wert-ü".repeat(40));
    }
    labels.put("no label", "x");
    Message.Hello hello =
        new Message.Hello(
            1,
            "0.1.0\n",
            "00000000-0000-0000-0000-000000000001",
            labels,
            "zone",
            "",
            Map.of("default/orders", 3L, "no service", 1L),
            woven,
            true);
    Message.Hello taken = (Message.Hello) Message.decode(hello.encode());
    assertThat(taken.agent()).isEqualTo("0.1.0\uFFFD");
    assertThat(taken.labels()).hasSize(32).doesNotContainKey("no label");
    assertThat(taken.labels().values())
        .allSatisfy(value -> assertThat(value).startsWith("wert-?").hasSize(128));
    assertThat(taken.revisions()).containsOnlyKeys("default/orders");
    assertThat(taken.woven()).hasSize(200);
    assertThat(taken.woven().get(0).reason())
        .startsWith("\uFFFD[31mno ")
        .endsWith("…")
        .hasSize(300);

    List<Port> ports = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      ports.add(new Port("10.0.0.1", 8000 + i, "tomcat", i == 0, TlsMode.PERMISSIVE));
    }
    Message.Register register =
        (Message.Register)
            Message.decode(new Message.Register(ports, InstanceState.READY).encode());
    assertThat(register.ports()).isEqualTo(ports.subList(0, 16));
  }

  @Test
  void anEdgeWhosePeerIsNoServiceIsLeftOut() throws WireException {
    List<Long> buckets = Collections.nCopies(LatencyBounds.BUCKETS, 1L);
    Message.Report report =
        new Message.Report(
            List.of(
                new EdgeReport(true, "a b", true, Map.of(), Map.of(), 0, buckets),
                new EdgeReport(
                    true, "default/b", true, Map.of(200, Long.MAX_VALUE), Map.of(), 0, buckets)),
            List.of(),
            "10.0.0.1:9464");
    List<EdgeReport> taken = ((Message.Report) Message.decode(report.encode())).edges();
    assertThat(taken).extracting(EdgeReport::peer).containsExactly("default/b");
    assertThat(taken.get(0).codes()).containsEntry(200, Bounds.COUNT);
  }

  @Test
  void sumsOfAllThatCanReportDoNotOverflow() {
    long reporters = 20_000;
    long sidesAndTls = 4;
    assertThat(Math.multiplyHigh(reporters * sidesAndTls, Bounds.COUNT)).isZero();
    assertThat(reporters * sidesAndTls * Bounds.COUNT).isPositive();
  }

  @Test
  void jsonIsBounded() {
    refused("{\"t\":" + "[".repeat(65) + "]".repeat(65) + "}", "nesting depth");
    refused("{\"t\":\"ping\",\"t\":\"bye\"}", "Duplicate field");
    refused("{\"t\":\"ack\",\"n\":" + "9".repeat(41) + "}", "Number value length");
    refused("{\"t\":\"ack\",\"n\":9223372036854775808}", "out of range");
    refused("{\"t\":\"ack\",\"n\":1e999}", "a number beyond all bounds");
    refused("{\"t\":\"ping\",\"" + "n".repeat(1_001) + "\":1}", "Name length");
    refused(
        "{\"t\":\"x\",\"a\":["
            + Stream.generate(() -> "1").limit(Bounds.NODES).collect(Collectors.joining(","))
            + "]}",
        "more than 250000 values");
    refused("", "empty");
    refused("{} {}", "more than one value");
    refused("[]", "not a JSON object");
  }

  private static void refused(String json, String why) {
    assertThatThrownBy(() -> Message.decode(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)))
        .isInstanceOf(WireException.class)
        .hasMessageContaining(why);
  }
}
