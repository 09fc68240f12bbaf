package dev.weft.policy;

import static dev.weft.policy.Trial.problems;
import static dev.weft.policy.Trial.resource;
import static dev.weft.policy.Trial.yaml;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeshConfigTest {
  private static final String HEAD =
      """
      apiVersion: weft.dev/v1alpha1
      kind: MeshConfig
      metadata: {name: mesh, namespace: weft-system}
      spec:
      """;

  private static String settings(String settings) {
    return HEAD + "  settings: {" + settings + "}\n";
  }

  @Test
  void valuesAreText_howeverTheyAreWritten() {
    MeshConfig config =
        (MeshConfig)
            resource(
                    settings(
                        "weft.egress: REGISTRY_ONLY, weft.errors.verbose: true,"
                            + " weft.access.log.sample: 0.25, weft.drain.delay: 3s"))
                .spec();
    assertThat(config.settings())
        .isEqualTo(
            Map.of(
                "weft.egress", "REGISTRY_ONLY",
                "weft.errors.verbose", "true",
                "weft.access.log.sample", "0.25",
                "weft.drain.delay", "3s"));
    assertThat(config.egress()).isEqualTo(EgressMode.REGISTRY_ONLY);
    assertThat(((MeshConfig) resource(settings("")).spec()).egress()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "0.0", "1.0", "0.5", "'\".5\"'", "'\"1.\"'"})
  void shares(String share) {
    assertThat(resource(settings("weft.access.log.sample: " + share))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "weft.egress | NONE | one of ALLOW_ANY, REGISTRY_ONLY",
        "weft.mtls.floor | strict | one of DISABLE, PERMISSIVE, STRICT",
        "weft.errors.verbose | maybe | one of true, false",
        "weft.access.log.sample | 1.5 | a number from 0 to 1",
        "weft.access.log.sample | -1 | a number from 0 to 1",
        "weft.drain.timeout | soon | a duration such as 250ms, 3s, 10m, 24h",
        "weft.drain.delay | 5 | a duration such as 250ms, 3s, 10m, 24h"
      })
  void aWrongValue(String name, String value, String expected) {
    assertThat(problems(yaml(settings(name + ": " + value))))
        .containsExactly(
            "spec.settings[\"" + name + "\"]: " + value + " (expected: " + expected + ")");
  }

  @Test
  void whatIsNotForTheWholeMesh_isRefusedForAReason() {
    assertThat(problems(yaml(settings("weft.service: a, weft.log.level: debug, weft.admin: b"))))
        .containsExactly(
            "spec.settings[\"weft.admin\"]: b (expected: absent: it is for bin/weft, which is no"
                + " process of the mesh)",
            "spec.settings[\"weft.log.level\"]: debug (expected: absent: it is read once, when a"
                + " process starts: set it there)",
            "spec.settings[\"weft.service\"]: a (expected: absent: it says who a process is, or how"
                + " it finds the mesh, before any of this is known: set it there)");
    assertThat(problems(yaml(settings("weft.egres: ALLOW_ANY"))))
        .containsExactly(
            "spec.settings[\"weft.egres\"]: ALLOW_ANY (expected: a known field:"
                + " weft.access.log.sample, weft.drain.delay, weft.drain.timeout, weft.egress,"
                + " weft.errors.verbose, weft.mtls.floor; did you mean weft.egress?)");
  }

  @Test
  void thereIsOne() {
    String other =
        """
        apiVersion: weft.dev/v1alpha1
        kind: MeshConfig
        metadata: {name: other, namespace: shop}
        """;
    assertThat(problems(yaml(other + "spec: {settings: {}}\n")))
        .containsExactly(
            "metadata.name: other (expected: mesh: there is only one)",
            "metadata.namespace: shop (expected: weft-system: it is for the whole mesh)");
    assertThat(problems(yaml(HEAD + "  {}\n")))
        .containsExactly("spec.settings: missing (expected: settings, by their names)");
  }
}
