package dev.weft.testkit.server;

/** The ways in which a client may speak to a woven port. */
public enum Wire {
  PLAIN(false, false),
  TLS(false, true),
  /** HTTP/2 in plaintext, by prior knowledge. */
  H2C(true, false),
  H2_TLS(true, true);

  private final boolean http2;
  private final boolean tls;

  Wire(boolean http2, boolean tls) {
    this.http2 = http2;
    this.tls = tls;
  }

  public boolean http2() {
    return http2;
  }

  /** Whether it is mesh TLS. */
  public boolean tls() {
    return tls;
  }

  /** What the server must be for it. */
  Setup setup() {
    return http2 ? Setup.HTTP_2 : Setup.PLAIN;
  }
}
