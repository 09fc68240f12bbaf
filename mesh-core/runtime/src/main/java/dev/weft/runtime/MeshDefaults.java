package dev.weft.runtime;

import dev.weft.policy.MeshConfig;
import dev.weft.policy.TlsMode;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings that may change while the process runs: each is its own where it has set it, else the
 * mesh's, else the one built in. Reads are of one snapshot and come from any thread.
 */
public final class MeshDefaults {
  private record Values(
      TlsMode floor, boolean verbose, double sample, Duration drainDelay, Duration drainTimeout) {
    static Values of(Settings settings) {
      return new Values(
          settings.floor(Settings.MTLS_FLOOR, TlsMode.class, TlsMode.STRICT),
          settings.bool(Settings.ERRORS_VERBOSE),
          settings.share(Settings.ACCESS_LOG_SAMPLE),
          settings.duration(Settings.DRAIN_DELAY),
          settings.duration(Settings.DRAIN_TIMEOUT));
    }
  }

  private final Settings own;
  private final boolean ownTlsSuffices;
  private final boolean deniesUntilLearnt;
  private volatile Values values;

  /**
   * @param own of this process
   */
  public MeshDefaults(Settings own) {
    this.own = own;
    this.ownTlsSuffices =
        own.constant(Settings.MTLS_OWN_TLS, Settings.OwnTls.class) == Settings.OwnTls.ALLOWED;
    this.deniesUntilLearnt =
        own.floor(
                Settings.AUTHORIZATION_FLOOR,
                Settings.AuthorizationFloor.class,
                Settings.AuthorizationFloor.DENY)
            == Settings.AuthorizationFloor.DENY;
    this.values = Values.of(own);
  }

  /**
   * What the mesh says has changed.
   *
   * @param said null: nothing
   */
  void learn(@Nullable MeshConfig said) {
    values = Values.of(own.over(said == null ? Map.of() : said.settings()));
  }

  /** {@code weft.mtls.floor}: the least strict mode that ever holds here. */
  public TlsMode floor() {
    return values.floor();
  }

  /** {@code weft.authorization.floor}: whether all is denied before policy is known. */
  boolean deniesUntilLearnt() {
    return deniesUntilLearnt;
  }

  /**
   * {@code weft.mtls.own.tls}: whether a TLS of the application's own is let in under any floor.
   */
  public boolean ownTlsSuffices() {
    return ownTlsSuffices || values.floor() != TlsMode.STRICT;
  }

  /**
   * The floor that keeps a port from accepting that cannot be guarded.
   *
   * @param ownTls whether a TLS of the application's own is all that it speaks
   * @return the setting, with its value; null if there is none
   */
  public @Nullable String closes(boolean ownTls) {
    if (deniesUntilLearnt) {
      return Settings.AUTHORIZATION_FLOOR.name() + "=DENY";
    }
    boolean open = ownTls ? ownTlsSuffices() : values.floor() != TlsMode.STRICT;
    return open ? null : Settings.MTLS_FLOOR.name() + "=STRICT";
  }

  /** {@code weft.errors.verbose}. */
  public boolean verbose() {
    return values.verbose();
  }

  /** {@code weft.access.log.sample}, 0 to 1. */
  public double accessLogSample() {
    return values.sample();
  }

  /** {@code weft.drain.delay}. */
  Duration drainDelay() {
    return values.drainDelay();
  }

  /** {@code weft.drain.timeout}. */
  Duration drainTimeout() {
    return values.drainTimeout();
  }
}
