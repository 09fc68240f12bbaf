package dev.weft.testkit.server;

import dev.weft.runtime.tls.Identity;
import dev.weft.runtime.tls.MeshTls;
import dev.weft.runtime.tls.TlsCounters;
import dev.weft.testkit.Authority;
import dev.weft.testkit.TestMesh;
import dev.weft.wire.Revoked;
import java.time.Duration;
import java.time.Instant;

/** The mesh TLS that processes speak, of a service {@code orders}, at a time of the test's. */
final class RealTls {
  final Authority authority = new Authority("mesh");
  final MeshTls orders;
  private volatile Duration ahead = Duration.ZERO;

  /** Every port that is opened from now on speaks it. */
  RealTls() {
    orders = new MeshTls(this::now, new TlsCounters(), null);
    orders.install(authority.issue("orders"));
    orders.install(authority.bundle());
    TestMesh.get().tls(orders);
  }

  private Instant now() {
    return Instant.now().plus(ahead);
  }

  void advance(Duration time) {
    ahead = ahead.plus(time);
  }

  static Revoked serialOf(Identity identity) {
    return Revoked.certificate(identity.certificate().getSerialNumber().toString(16));
  }

  /** All of its service that began before this. */
  static Revoked serviceOf(Identity identity, Instant before) {
    return Revoked.service(
        identity.spiffeId().namespace(), identity.spiffeId().service(), before.toEpochMilli());
  }
}
