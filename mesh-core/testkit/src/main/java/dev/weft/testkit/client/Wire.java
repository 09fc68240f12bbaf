package dev.weft.testkit.client;

/** What is spoken to the endpoint. */
public enum Wire {
  PLAINTEXT,
  MTLS,
  MTLS_HTTP2
}
