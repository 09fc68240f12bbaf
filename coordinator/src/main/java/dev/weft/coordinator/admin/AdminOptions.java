package dev.weft.coordinator.admin;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where the admin API listens.
 *
 * @param host a name or an IP literal; loopback, unless there is TLS
 * @param port 0: any that is free
 * @param home where the admin token is kept
 * @param tls null: plaintext
 */
public record AdminOptions(String host, int port, Path home, @Nullable Tls tls) {
  /** A certificate chain and its key, both PEM; the key PKCS#8 without a passphrase. */
  public record Tls(Path certificate, Path key) {}
}
