package dev.weft.coordinator;

import dev.weft.ca.Revocation;
import java.util.List;

/**
 * Revocations as the admin API handles them. Throws {@link Unavailable} while ZooKeeper is away,
 * and {@link IllegalArgumentException} for what cannot be revoked, naming the field.
 */
public interface RevocationAdmin {
  /** Those in force, oldest first. */
  List<Revocation> list();

  /** Revokes one certificate. */
  Revocation revoke(String serial);

  /** Revokes all certificates of a service that there are until now. */
  Revocation revoke(String namespace, String service);
}
