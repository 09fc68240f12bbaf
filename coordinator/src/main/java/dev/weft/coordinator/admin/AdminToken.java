package dev.weft.coordinator.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The bearer token of the admin API, kept in a file that only its owner can read. */
final class AdminToken {
  /** Name of the file in {@code weft.home}. */
  static final String FILE = "admin-token";

  private static final int BYTES = 32;
  private static final int MIN_LENGTH = 32;

  private final String token;

  /** Of the token, so that what is compared has one length, whatever is offered. */
  private final byte[] digest;

  private AdminToken(String token) {
    this.token = token;
    this.digest = sha256(token);
  }

  /**
   * Reads the token, or makes one of 256 random bits.
   *
   * @throws IOException if the file cannot be made or read, if others can read it, or if it holds
   *     nothing that could be a secret
   */
  static AdminToken loadOrCreate(Path home) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    if (!Files.isDirectory(home)) {
      Files.createDirectories(home, posix ? permissions("rwx------") : new FileAttribute<?>[0]);
    }
    Path file = home.resolve(FILE);
    if (!Files.exists(file)) {
      create(home, file, posix);
    }
    return new AdminToken(read(file, posix));
  }

  private static void create(Path home, Path file, boolean posix) throws IOException {
    byte[] random = new byte[BYTES];
    new SecureRandom().nextBytes(random);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    // Made with its final mode: there is no moment at which somebody else could read it.
    Path made =
        Files.createTempFile(
            home, "." + FILE, ".tmp", posix ? permissions("rw-------") : new FileAttribute<?>[0]);
    try {
      Files.writeString(made, token + "\n");
      // Under its name all at once; of two coordinators that start together, one is first.
      try {
        Files.createLink(file, made);
      } catch (UnsupportedOperationException e) {
        Files.move(made, file); // a file system without links
      }
    } catch (FileAlreadyExistsException e) {
      // the other one's is as good
    } finally {
      Files.deleteIfExists(made);
    }
  }

  private static String read(Path file, boolean posix) throws IOException {
    if (posix) {
      Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
      open.removeAll(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));
      if (!open.isEmpty()) {
        throw new IOException(
            file
                + ": mode "
                + PosixFilePermissions.toString(Files.getPosixFilePermissions(file))
                + " lets others read the admin token (expected: rw-------; delete the file to have a"
                + " new token made)");
      }
    }
    String token = Files.readString(file).strip();
    if (token.length() < MIN_LENGTH) {
      throw new IOException(
          file
              + ": "
              + token.length()
              + " characters (expected: a token of at least "
              + MIN_LENGTH
              + "; delete the file to have one made)");
    }
    return token;
  }

  /**
   * Whether this {@code Authorization} header carries the token; takes the same time either way.
   */
  boolean matches(@Nullable String authorization) {
    if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) {
      return false;
    }
    return MessageDigest.isEqual(digest, sha256(authorization.substring(7).strip()));
  }

  /** Shows that we know it, to who asks with this nonce; see {@link AdminProof}. */
  String proof(int port, String nonce) {
    return AdminProof.of(token, port, nonce);
  }

  private static FileAttribute<?>[] permissions(String mode) {
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))
    };
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }
}
