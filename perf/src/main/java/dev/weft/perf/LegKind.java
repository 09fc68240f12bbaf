package dev.weft.perf;

/** What stands between the client and the server of a leg. */
enum LegKind {
  PLAIN_1("plain-1", false, false),
  /** The same once more: what differs between the two is noise. */
  PLAIN_2("plain-2", false, false),
  BY_HAND("mtls-by-hand", true, false),
  WEFT("weft", false, true),
  /** Neither knows of the mesh: each has {@code bin/weft proxy} beside it. */
  PROXY("proxy", false, false),
  /** The same with an Envoy beside each, as Istio would have it, and no mesh. */
  ENVOY("envoy", false, false);

  private final String label;
  private final boolean ownTls;
  private final boolean woven;

  LegKind(String label, boolean ownTls, boolean woven) {
    this.label = label;
    this.ownTls = ownTls;
    this.woven = woven;
  }

  String label() {
    return label;
  }

  /** Whether the programs themselves speak TLS. */
  boolean ownTls() {
    return ownTls;
  }

  /** Whether both processes carry the agent. */
  boolean woven() {
    return woven;
  }

  /** Whether both processes have a proxy of the mesh. */
  boolean proxied() {
    return this == PROXY;
  }

  /** Whether it needs a coordinator. */
  boolean meshed() {
    return woven || proxied();
  }
}
