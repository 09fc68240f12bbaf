package dev.weft.systemtests;

/** Documents to apply. */
final class Policies {
  private Policies() {}

  /** A {@code PeerAuthentication} for the service of its own name, as one document of YAML. */
  static String of(String name, String namespace, String mode) {
    return of(name, namespace, mode, "none");
  }

  /**
   * @param batch a label, by which a test knows the document again
   */
  static String of(String name, String namespace, String mode, String batch) {
    return """
        ---
        apiVersion: security.istio.io/v1
        kind: PeerAuthentication
        metadata:
          name: %s
          namespace: %s
          labels:
            batch: "%s"
        spec:
          selector:
            matchLabels:
              app: some-service
          mtls:
            mode: %s
        """
        .formatted(name, namespace, batch, mode);
  }
}
