package dev.weft.systemtests;

/** Documents of the Gateway API and of Kubernetes, in the field names of those who made them. */
final class Routes {
  private Routes() {}

  /**
   * A {@code Service} of port 80.
   *
   * @param version the version label that it selects; empty: all of the app
   */
  static String service(String name, String app, String version) {
    return """
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: %s
        spec:
          selector:
            app: %s
            %s
          ports:
          - name: http
            port: 80
            targetPort: 80
            appProtocol: http
        """
        .formatted(name, app, version.isEmpty() ? "" : "version: " + version);
  }

  /**
   * An {@code HTTPRoute} for the Service of its own name.
   *
   * @param rules what stands under {@code spec.rules}, from the margin on
   */
  static String route(String service, String rules) {
    return route(service, "default", "{group: '', kind: Service, name: " + service + "}", rules);
  }

  /**
   * @param parent one of {@code spec.parentRefs}, in one line
   */
  static String route(String name, String namespace, String parent, String rules) {
    return """
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: %s
          namespace: %s
        spec:
          parentRefs:
          - %s
          rules:
        %s"""
        .formatted(name, namespace, parent, rules.indent(2));
  }
}
