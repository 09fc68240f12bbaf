package dev.weft.coordinator.yaml;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.weft.fuzz.Bytes;
import dev.weft.fuzz.Fuzz;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Any text is read, or refused with the line, and neither takes more than it is long. */
class YamlFuzzTest {
  /** Tokens, events and their marks, and the trees. */
  private static final int MEMORY_A_BYTE = 2_000;

  /** Whatever it is: buffers, and classes that are used for the first time. */
  private static final int MEMORY = 4 << 20;

  private static final int LONGEST = 20_000;

  private static final List<String> SEEDS =
      List.of(
          """
          # who may
          apiVersion: security.istio.io/v1
          kind: AuthorizationPolicy
          metadata: {name: a, namespace: prod, labels: {app.kubernetes.io/part-of: 'it''s'}}
          spec:
            action: DENY
            rules:
            - to:
              - operation: {methods: [GET], paths: ["/a*", "*/b"], ports: ["80"]}
              when:
              - {key: "request.headers[x-tenant]", values: [a], notValues: [b\\u00e9]}
          ---
          apiVersion: security.istio.io/v1
          kind: PeerAuthentication
          metadata:
            name: b
          spec:
            mtls: {mode: STRICT}
            portLevelMtls:
              8080: {mode: PERMISSIVE}
          """,
          """
          %YAML 1.2
          ---
          kind: HTTPRoute
          metadata: &name {name: "a\\tb\\x41\\u00e4\\U0001F600"}
          spec:
            parentRefs:
            - <<: *name
              port: 80
              weight: 0.5
              none: ~
            - !!str 7
            - !!int "7"
            text: |+2
                two lines,
              and one
            folded: >-
              of one
              line
            ? long key
            : - [true, null, -1, 1e3]
          ...
          """);

  private static final String[] WORDS = {
    "\"\\u",
    "\\x4",
    "\\UFFFFFFFF",
    "\\\n",
    "&a ",
    "*a",
    "<<: *a",
    "!!binary ",
    "!<tag:x> ",
    "!",
    "- ",
    ": ",
    ":",
    "? ",
    "|",
    ">-9\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    "\"",
    "#",
    " ",
    "\n",
    "\r",
    "\t",
    "\n---\n",
    "\n...\n",
    "%TAG ! tag:x:\n",
    "%",
    "@",
    "`",
    ".nan",
    "99999999999999999999",
    "\0",
    "\u00c2\u0085",
    "\u00e2\u0080\u00a8",
    "\u00ef\u00bb\u00bf",
    "\u00ef\u00bf\u00bf"
  };

  @Test
  void anyText_isReadOrRefused() {
    Fuzz.run(
        "yaml",
        new Bytes(LONGEST, WORDS),
        SEEDS.stream().map(seed -> seed.getBytes(StandardCharsets.UTF_8)).toList(),
        input -> {
          List<Object> documents;
          try {
            documents = read(input);
          } catch (YamlException e) {
            assertThat(e).hasMessageContaining("(line ");
            return String.valueOf(e.getMessage()).replaceAll("[0-9]+|'.*'|\".*\"", "");
          }
          // What was read is written so that it is read again.
          for (Object document : documents) {
            assertThat(Yaml.read(Yaml.write(document))).containsExactly(document);
          }
          return documents.size();
        });
  }

  private static List<Object> read(byte[] input) throws YamlException {
    String text = new String(input, StandardCharsets.UTF_8);
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = thread.getCurrentThreadAllocatedBytes();
    try {
      return Yaml.read(text);
    } finally {
      long taken = thread.getCurrentThreadAllocatedBytes() - before;
      assertThat(taken).isLessThan(MEMORY + (long) MEMORY_A_BYTE * input.length);
    }
  }
}
