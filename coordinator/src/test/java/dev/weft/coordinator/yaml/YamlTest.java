package dev.weft.coordinator.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlTest {
  @Test
  void readsDocumentsOfJsonsTypes() throws YamlException {
    List<Object> documents =
        Yaml.read(
            """
            # a comment
            a: text
            i: 7
            f: 1.5
            t: true
            e:
            n: null
            tilde: ~
            list: [1, "2", {x: y}]
            time: 2026-01-31T12:00:00Z
            date: 2026-01-31
            yes: on
            hex: 0x1f
            octal: 010
            quoted: '7'
            ---
            ---
            8080: {mode: STRICT}
            true: x
            ...
            """);
    Map<String, Object> first = new LinkedHashMap<>();
    first.put("a", "text");
    first.put("i", 7L);
    first.put("f", 1.5);
    first.put("t", true);
    first.put("e", null);
    first.put("n", null);
    first.put("tilde", null);
    first.put("list", List.of(1L, "2", Map.of("x", "y")));
    first.put("time", "2026-01-31T12:00:00Z");
    first.put("date", "2026-01-31");
    first.put("yes", "on");
    first.put("hex", "0x1f");
    first.put("octal", "010");
    first.put("quoted", "7");
    assertThat(documents)
        .containsExactly(first, Map.of("8080", Map.of("mode", "STRICT"), "true", "x"));
  }

  @Test
  void jsonIsYaml() throws YamlException {
    assertThat(Yaml.read("{\"a\": [1, null, \"\\u00e4\"]}"))
        .containsExactly(Map.of("a", Arrays.asList(1L, null, "ä")));
  }

  @Test
  void nothing() throws YamlException {
    assertThat(Yaml.read("")).isEmpty();
    assertThat(Yaml.read("# only\n---\n---\n")).isEmpty();
  }

  @Test
  void aliases() throws YamlException {
    assertThat(Yaml.read("a: &x {k: v}\nb: *x\n"))
        .containsExactly(Map.of("a", Map.of("k", "v"), "b", Map.of("k", "v")));
  }

  @Test
  void billionLaughs() {
    StringBuilder text = new StringBuilder("a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
    for (int i = 1; i < 30; i++) {
      String one = "*a" + (i - 1);
      text.append("a" + i + ": &a" + i + " [")
          .append(String.join(",", List.of(one, one, one, one, one, one, one, one, one)))
          .append("]\n");
    }
    assertThatThrownBy(() -> Yaml.read(text.toString()))
        .isInstanceOf(YamlException.class)
        .hasMessageStartingWith("more than 200000 values, each alias counted in full (line 6,");
  }

  @Test
  void nesting() throws YamlException {
    assertThat(Yaml.read("[".repeat(64) + "]".repeat(64))).hasSize(1);
    assertThatThrownBy(() -> Yaml.read("[".repeat(100_000)))
        .hasMessage("nested deeper than 64 (line 1, column 65)");
    assertThatThrownBy(() -> Yaml.read("- ".repeat(100_000)))
        .hasMessageStartingWith("nested deeper than 64");
  }

  @Test
  void tooMany() {
    assertThatThrownBy(() -> Yaml.read("---\na: 1\n".repeat(1001)))
        .hasMessage("more than 1000 documents (expected: at most that) (line 2001, column 1)");
    assertThatThrownBy(() -> Yaml.read("[" + "1,".repeat(200_000) + "]"))
        .hasMessageStartingWith("more than 200000 values");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{a: 1, a: 2}|key a again (expected: once) (line 1, column 8)",
        "{a: {\"b\": 1, b: 1}}|key b again (expected: once) (line 1, column 14)",
        "a: *b|alias *b to nothing that was finished before (line 1, column 4)",
        "&a [*a]|alias *a to nothing that was finished before (line 1, column 5)",
        "{[1]: 2}|a key that is no text (line 1, column 2)",
        "a: .nan|.nan (expected: a number of at most 64 bits) (line 1, column 4)",
        "a: 92233720368547758070|92233720368547758070 (expected: a number of at most 64 bits) (line 1, column 4)",
        "a: !!int x|x (expected: a number of at most 64 bits) (line 1, column 4)",
        "a: !!binary aGk=|aGk= of type tag:yaml.org,2002:binary (expected: a type that JSON has) (line 1, column 4)",
        "a: !!java.net.URL [x]|type tag:yaml.org,2002:java.net.URL (expected: a type that JSON has) (line 1, column 4)",
        "a: !!set {x}|type tag:yaml.org,2002:set (expected: a type that JSON has) (line 1, column 4)",
      })
  void refuses(String text, String message) {
    assertThatThrownBy(() -> Yaml.read(text)).isInstanceOf(YamlException.class).hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a: [", "a: b: c", "\t- x", "a: \"x", "a: @x", "- a\nb: c"})
  void notYaml(String text) {
    assertThatThrownBy(() -> Yaml.read(text))
        .isInstanceOf(YamlException.class)
        .hasMessageContaining("(line ");
  }

  /** Of which the parser itself says something else. */
  @ParameterizedTest
  @ValueSource(strings = {"a: \"\\u", "a: \"\\x", "a: \"\\UFFFFFFFF\""})
  void escapesThatAreNone(String text) {
    assertThatThrownBy(() -> Yaml.read("b: 1\n" + text))
        .isInstanceOf(YamlException.class)
        .hasMessageContaining("(line 2");
  }

  @Test
  void charactersThatNoTextHas() {
    assertThatThrownBy(() -> Yaml.read("- a\n".repeat(2_000) + "- \u0001\n"))
        .isInstanceOf(YamlException.class)
        .hasMessage("the character U+0001 (line 2001)");
  }

  @Test
  void tellsTheDocument() {
    assertThatThrownBy(() -> Yaml.read("a: 1\n---\n# empty\n---\nb: [\n"))
        .isInstanceOfSatisfying(YamlException.class, e -> assertThat(e.document()).isEqualTo(1));
  }

  @Test
  void writesAsPeopleWouldWrite() {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("apiVersion", "security.istio.io/v1");
    tree.put(
        "items",
        List.of(Map.of("a", List.of(1L, 2.5)), "x", List.of(), Map.of(), List.of(List.of("y-1"))));
    tree.put("ports", Map.of("8080", Map.of("mode", "STRICT")));
    tree.put("no", "yes");
    tree.put("time", "2026-01-31T12:00:00Z");
    tree.put("nothing", null);
    assertThat(Yaml.write(tree))
        .isEqualTo(
            """
            apiVersion: security.istio.io/v1
            items:
            - a:
              - 1
              - 2.5
            - x
            - []
            - {}
            -
              -
                - y-1
            ports:
              "8080":
                mode: STRICT
            "no": "yes"
            time: "2026-01-31T12:00:00Z"
            nothing: null
            """
                .replace("-\n", "- \n"));
  }

  @Test
  void readsWhatItWrote() throws YamlException {
    List<Object> odd =
        new ArrayList<>(
            Arrays.asList(
                "",
                " ",
                "a b",
                "x ",
                "7",
                "-1",
                "1e3",
                "true",
                "Null",
                "~",
                "a: b",
                "a #b",
                "#",
                "- x",
                "*x",
                "&x",
                "!x",
                "%",
                "@x",
                "`",
                "{}",
                "[]",
                "a\nb\n",
                "\t",
                "\"",
                "'",
                "\\",
                "ä😀",
                "\u0000\u001b\u0085\u2028\ufeff",
                "\u007f",
                "=",
                "<<",
                "?",
                ":",
                "a:",
                "/x",
                "...",
                "k".repeat(2_000)));
    odd.add(null);
    odd.add(Long.MIN_VALUE);
    odd.add(0.1);
    odd.add(1e300);
    odd.add(false);
    Map<String, Object> keys = new LinkedHashMap<>();
    odd.forEach(value -> keys.put(String.valueOf(value), value));
    Object tree = Map.of("list", odd, "map", keys);
    assertThat(Yaml.read(Yaml.write(tree))).containsExactly(tree);
    assertThat(Yaml.read(Yaml.write(odd))).containsExactly(odd);
    assertThat(Yaml.read(Yaml.write("x: y"))).containsExactly("x: y");
  }
}
