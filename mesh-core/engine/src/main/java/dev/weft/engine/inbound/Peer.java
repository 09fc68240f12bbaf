package dev.weft.engine.inbound;

/** Who the certificate of a connection says its other end is. Immutable; made once a connection. */
public final class Peer {
  private final String trustDomain;
  private final String namespace;
  private final String service;
  private final String local;
  private final String principal;

  public Peer(String trustDomain, String namespace, String service) {
    this.trustDomain = trustDomain;
    this.namespace = namespace;
    this.service = namespace + "/" + service;
    this.local = "ns/" + namespace + "/sa/" + service;
    this.principal = trustDomain + "/" + local;
  }

  public String trustDomain() {
    return trustDomain;
  }

  public String namespace() {
    return namespace;
  }

  /** {@code <namespace>/<service>}. */
  public String service() {
    return service;
  }

  /** {@code <trust domain>/ns/<namespace>/sa/<service>}, as policy writes it. */
  public String principal() {
    return principal;
  }

  /** The principal without the trust domain: {@code ns/<namespace>/sa/<service>}. */
  String local() {
    return local;
  }

  /** As a URI. */
  @Override
  public String toString() {
    return "spiffe://" + principal;
  }
}
