package dev.weft.coordinator.ca;

import dev.weft.ca.CertificateAuthority;
import dev.weft.ca.Tokens;
import dev.weft.coordinator.AuditView;
import dev.weft.policy.JoinToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;

/**
 * What agents, proxy and CLI of the same user find in {@code $WEFT_HOME}: {@code ca.pem}, and the
 * developer's token in {@code join-token}.
 */
public final class HomeFiles {
  private static final Duration TOKEN_TTL = Duration.ofDays(90);
  private static final Duration TOKEN_REPLACED_BEFORE = Duration.ofDays(30);

  private final Path home;
  private final CertificateAuthority ca;
  private final Tokens tokens;
  private final AuditView audit;

  public HomeFiles(Path home, CertificateAuthority ca, Tokens tokens, AuditView audit) {
    this.home = home;
    this.ca = ca;
    this.tokens = tokens;
    this.audit = audit;
  }

  /** Writes the bundle's certificates, PEM. */
  public void writeBundle() throws IOException {
    StringBuilder pem = new StringBuilder();
    Base64.Encoder lines = Base64.getMimeEncoder(64, new byte[] {'\n'});
    try {
      for (X509Certificate root : ca.bundle()) {
        pem.append("-----BEGIN CERTIFICATE-----\n")
            .append(lines.encodeToString(root.getEncoded()))
            .append("\n-----END CERTIFICATE-----\n");
      }
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate of our own has its encoding", e);
    }
    write("ca.pem", pem.toString());
  }

  /** Makes a developer's token, unless the one that is there is good for another 30 days. */
  public void writeDevelopersToken() throws IOException {
    Path file = home.resolve("join-token");
    if (Files.isReadable(file)
        && Files.size(file) <= JoinToken.MAX_LENGTH + 2
        && tokens.isDevelopers(
            Files.readString(file, StandardCharsets.ISO_8859_1), TOKEN_REPLACED_BEFORE)) {
      return;
    }
    JoinToken token = tokens.createDevelopers(TOKEN_TTL);
    write("join-token", token.text() + "\n");
    audit.record(
        "token.created",
        "coordinator",
        token.id(),
        Map.of(
            "namespace", "", "service", "", "ttl", TOKEN_TTL.toString(), "loopbackOnly", "true"));
  }

  /** Atomically, and never readable by others, not even for a moment. */
  private void write(String name, String text) throws IOException {
    if (!Files.isDirectory(home)) { // a link to a folder is one
      Files.createDirectories(
          home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
    Path temporary =
        Files.createTempFile(
            home,
            "." + name,
            ".tmp",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(
          temporary, text, StandardCharsets.US_ASCII, StandardOpenOption.TRUNCATE_EXISTING);
      Files.move(
          temporary,
          home.resolve(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
