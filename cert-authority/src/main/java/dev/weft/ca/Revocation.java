package dev.weft.ca;

import java.time.Instant;

/**
 * What is believed no more although it has not ended: one certificate, or all of a service that
 * begin before a moment. Each with its {@linkplain Lineage lineage}: what it renews, and what
 * renews it, begins when the first of them does.
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
}
