package dev.weft.coordinator;

import java.util.List;
import java.util.Map;

/** What was issued and refused, and who changed what. */
public interface AuditView {
  /** The action of a certificate that was issued; its serial number is among the details. */
  String ISSUED = "certificate.issued";

  /**
   * One thing that happened.
   *
   * @param action such as {@code certificate.issued}, {@code certificate.refused}, {@code
   *     config.applied}, {@code token.created}
   * @param subject what it was done to, such as a SPIFFE ID or a revision
   * @param details free fields, values as text
   */
  record Entry(
      long timeMillis, String action, String actor, String subject, Map<String, String> details) {}

  /** Writes an entry; never fails the caller. */
  void record(String action, String actor, String subject, Map<String, String> details);

  /** The newest entries, newest first. */
  List<Entry> recent(int limit);

  /** The newest certificates that were issued, newest first. */
  default List<Entry> issued() {
    return recent(Integer.MAX_VALUE).stream().filter(e -> e.action().equals(ISSUED)).toList();
  }
}
