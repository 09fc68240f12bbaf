package dev.weft.engine.inbound;

/** What a request came in over. */
public enum Transport {
  PLAINTEXT,
  /** The mesh's TLS, which says who the caller is. */
  MESH_TLS,
  /** A TLS of the application's own, which the mesh leaves alone. */
  OWN_TLS
}
