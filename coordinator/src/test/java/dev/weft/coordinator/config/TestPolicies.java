package dev.weft.coordinator.config;

import dev.weft.policy.InvalidResourceException;
import dev.weft.policy.Kinds;
import dev.weft.policy.Resource;
import java.util.Map;

/** Resources for tests. */
final class TestPolicies {
  private TestPolicies() {}

  static Resource policy(String name, String mode) {
    return policy("default", name, mode, Map.of());
  }

  static Resource policy(String namespace, String name, String mode, Map<String, String> labels) {
    try {
      return Kinds.parse(
          Map.of(
              "apiVersion",
              "security.istio.io/v1",
              "kind",
              "PeerAuthentication",
              "metadata",
              Map.of("namespace", namespace, "name", name, "labels", labels),
              "spec",
              Map.of("mtls", Map.of("mode", mode))),
          "default");
    } catch (InvalidResourceException e) {
      throw new AssertionError(e);
    }
  }

  static Resource annotated(String name, Map<String, String> annotations) {
    try {
      return Kinds.parse(
          Map.of(
              "apiVersion",
              "security.istio.io/v1",
              "kind",
              "PeerAuthentication",
              "metadata",
              Map.of("namespace", "default", "name", name, "annotations", annotations)),
          "default");
    } catch (InvalidResourceException e) {
      throw new AssertionError(e);
    }
  }

  static Change put(Resource resource) {
    return new Change.Put(resource, Precondition.NONE);
  }

  static Change put(String name, String mode) {
    return put(policy(name, mode));
  }

  static Change delete(String name) {
    return new Change.Delete("PeerAuthentication/default/" + name, Precondition.NONE);
  }
}
