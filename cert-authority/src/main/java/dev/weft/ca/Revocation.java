package dev.weft.ca;

import java.time.Instant;

/**
 * What is believed no more although it has not ended: one certificate, or all of a service that
 * begin before a moment.
 *
 * @param serial in lower-case hexadecimal; empty: those of a service
 * @param namespace of the service; empty with a serial
 * @param service empty with a serial
 * @param before certificates whose notBefore is earlier are meant; {@link Instant#EPOCH} with a
 *     serial
 * @param at when it was revoked
 */
public record Revocation(
    String serial, String namespace, String service, Instant before, Instant at) {

  /** What it is about, for people. */
  public String subject() {
    return serial.isEmpty()
        ? "certificates of " + namespace + "/" + service
        : "certificate " + serial;
  }

  /** Whether it is about all certificates of this service. */
  boolean isOf(SpiffeId id) {
    return serial.isEmpty() && service.equals(id.service()) && namespace.equals(id.namespace());
  }

  /** Whether a certificate is meant. */
  boolean covers(String otherSerial, SpiffeId id, Instant notBefore) {
    return serial.equals(otherSerial) || isOf(id) && notBefore.isBefore(before);
  }
}
