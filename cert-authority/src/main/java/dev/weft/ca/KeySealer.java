package dev.weft.ca;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * Seals the authority's private keys with AES-256-GCM, under a key file or under a passphrase.
 *
 * <p>What it protects: a copy of ZooKeeper's data, or of a back-up of it, is worth nothing without
 * the file. It does not protect against who can read the file as well, or the coordinator's memory.
 *
 * <p>Form: one byte of version, 16 bytes of salt, 12 bytes of nonce, ciphertext with its tag. Safe
 * for use by any thread.
 */
public final class KeySealer {
  private static final byte VERSION = 1;
  private static final int KEY_LENGTH = 32;
  private static final int SALT_LENGTH = 16;
  private static final int NONCE_LENGTH = 12;
  private static final int TAG_BITS = 128;
  private static final int MAX_FILE_LENGTH = 4096;

  /** scrypt's cost: 32 MiB and some tenths of a second, once a coordinator's start. */
  private static final int SCRYPT_N = 1 << 15;

  private static final int MIN_PASSPHRASE_LENGTH = 12;
  private static final int MAX_DERIVED_KEYS = 16;

  private final byte[] secret;
  private final boolean passphrase;
  private final String source;
  private final SecureRandom random;
  private final byte[] salt = new byte[SALT_LENGTH];
  private final Map<ByteBuffer, byte[]> derived = new ConcurrentHashMap<>();

  private KeySealer(byte[] secret, boolean passphrase, String source, SecureRandom random) {
    this.secret = secret;
    this.passphrase = passphrase;
    this.source = source;
    this.random = random;
    random.nextBytes(salt);
  }

  /**
   * Reads a key that {@link #createKeyFile} wrote.
   *
   * @throws CaException if the file is missing, readable by others, or not a key
   */
  public static KeySealer fromKeyFile(Path file, SecureRandom random) {
    String text = new String(readPrivate(file), StandardCharsets.US_ASCII).trim();
    byte[] key;
    try {
      key = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new CaException("key file " + file + ": not base64", e);
    }
    if (key.length != KEY_LENGTH) {
      throw new CaException(
          "key file " + file + ": " + key.length + " bytes (expected: " + KEY_LENGTH + ")");
    }
    return new KeySealer(key, false, file.toString(), random);
  }

  /**
   * Reads a passphrase, of at least 12 characters, from a file; a newline at its end is no part of
   * it.
   *
   * @throws CaException if the file is missing, readable by others, or too short
   */
  public static KeySealer fromPassphraseFile(Path file, SecureRandom random) {
    String text = new String(readPrivate(file), StandardCharsets.UTF_8).strip();
    if (text.length() < MIN_PASSPHRASE_LENGTH) {
      throw new CaException(
          "passphrase file "
              + file
              + ": "
              + text.length()
              + " characters (expected: at least "
              + MIN_PASSPHRASE_LENGTH
              + ")");
    }
    return new KeySealer(text.getBytes(StandardCharsets.UTF_8), true, file.toString(), random);
  }

  /** Makes a new random key file, mode 0600. Leaves one that is there as it is. */
  public static void createKeyFile(Path file, SecureRandom random) {
    byte[] key = new byte[KEY_LENGTH];
    random.nextBytes(key);
    try {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(
          file,
          (Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII),
          StandardOpenOption.WRITE,
          StandardOpenOption.SYNC);
    } catch (FileAlreadyExistsException e) {
      // Somebody was faster, or it was there all along: that one counts.
    } catch (IOException e) {
      throw new CaException("key file " + file + ": cannot be written: " + e, e);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /**
   * Encrypts.
   *
   * @param label what the plaintext is; opening it under another label fails
   */
  public byte[] seal(String label, byte[] plaintext) {
    byte[] nonce = new byte[NONCE_LENGTH];
    random.nextBytes(nonce);
    try {
      byte[] ciphertext = cipher(Cipher.ENCRYPT_MODE, label, salt, nonce).doFinal(plaintext);
      return ByteBuffer.allocate(1 + SALT_LENGTH + NONCE_LENGTH + ciphertext.length)
          .put(VERSION)
          .put(salt)
          .put(nonce)
          .put(ciphertext)
          .array();
    } catch (GeneralSecurityException e) {
      throw new CaException("cannot seal " + label, e);
    }
  }

  /**
   * Decrypts what {@link #seal} made under the same label.
   *
   * @throws CaException if it was sealed under another key or label, or was changed
   */
  public byte[] open(String label, byte[] sealed) {
    if (sealed.length < 1 + SALT_LENGTH + NONCE_LENGTH + TAG_BITS / 8 || sealed[0] != VERSION) {
      throw new CaException(label + ": not a sealed key that this version reads");
    }
    ByteBuffer in = ByteBuffer.wrap(sealed, 1, sealed.length - 1);
    byte[] itsSalt = new byte[SALT_LENGTH];
    byte[] nonce = new byte[NONCE_LENGTH];
    in.get(itsSalt).get(nonce);
    try {
      return cipher(Cipher.DECRYPT_MODE, label, itsSalt, nonce)
          .doFinal(sealed, in.position(), in.remaining());
    } catch (AEADBadTagException e) {
      throw new CaException(
          label
              + ": not sealed with "
              + source
              + "; all coordinators of a mesh need the key file (or passphrase) of the first one",
          e);
    } catch (GeneralSecurityException e) {
      throw new CaException("cannot open " + label, e);
    }
  }

  /**
   * Another secret for another use, the same on every coordinator that has the same file: 32 bytes
   * from which the sealing key cannot be told.
   */
  public byte[] derive(String label) {
    // A passphrase is stretched under a fixed salt here: the answer has to be the same everywhere.
    byte[] fixed = Arrays.copyOf("weft derive".getBytes(StandardCharsets.US_ASCII), SALT_LENGTH);
    return mac(keyFor(fixed), label);
  }

  private Cipher cipher(int mode, String label, byte[] itsSalt, byte[] nonce)
      throws GeneralSecurityException {
    // Each salt has its own key, so that random nonces are never many under one.
    byte[] key = mac(keyFor(itsSalt), "weft seal");
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(label.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private byte[] keyFor(byte[] itsSalt) {
    ByteBuffer index = ByteBuffer.wrap(itsSalt.clone());
    byte[] known = derived.get(index);
    if (known != null) {
      return known;
    }
    byte[] key =
        passphrase
            ? SCrypt.generate(secret, itsSalt, SCRYPT_N, 8, 1, KEY_LENGTH)
            : mac(secret, "weft salt " + Base64.getEncoder().encodeToString(itsSalt));
    if (derived.size() < MAX_DERIVED_KEYS) {
      derived.put(index, key);
    }
    return key;
  }

  private static byte[] mac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static byte[] readPrivate(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (permissions.stream().anyMatch(p -> !p.name().startsWith("OWNER_"))) {
        throw new CaException(
            file
                + ": mode "
                + PosixFilePermissions.toString(permissions)
                + " (expected: rw-------; chmod 600 it)");
      }
      if (Files.size(file) > MAX_FILE_LENGTH) {
        throw new CaException(
            file + ": " + Files.size(file) + " bytes (expected: at most " + MAX_FILE_LENGTH + ")");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new CaException(file + ": cannot be read: " + e, e);
    }
  }
}
