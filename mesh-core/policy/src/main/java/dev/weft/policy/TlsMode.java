package dev.weft.policy;

/** How a port takes mesh TLS; the modes of Istio's PeerAuthentication. */
public enum TlsMode {
  /** Plaintext only: the port offers no mesh TLS. */
  DISABLE,
  /** Plaintext and mesh TLS. */
  PERMISSIVE,
  /** Mesh TLS only. */
  STRICT
}
