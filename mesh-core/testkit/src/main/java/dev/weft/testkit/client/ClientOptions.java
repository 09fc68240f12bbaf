package dev.weft.testkit.client;

import java.lang.reflect.RecordComponent;

/**
 * What a client library and its adapter can do; the kit leaves out what they cannot, and the table
 * in {@code docs/clients.md} says so.
 *
 * @param http2 speaks HTTP/2
 * @param cancels a call under way can be cancelled from outside
 * @param cancelsBetweenAttempts the same while a call waits for its next attempt
 * @param deadline has a timeout of its own for the whole call
 * @param connectTimeouts a limit on making a connection, TLS included, can be set for an attempt
 * @param answersLateTimeouts an attempt whose time is over can become an answer of the mesh
 * @param mirrors sends copies of requests besides
 * @param keepsPlaintextApart connections in plaintext to one address are not shared by services
 * @param refusesInRedirects a refusal in the middle of a chain of redirects is a response
 * @param refusesHttps a refusal of an https call is a response
 * @param refusesForeignRedirects the same in a chain of redirects that began outside of the mesh
 * @param removesOwnFields fields that the library adds by itself can be removed
 * @param errorsForStatus gives an exception instead of the body when a status is 400 or more
 */
public record ClientOptions(
    boolean http2,
    boolean cancels,
    boolean cancelsBetweenAttempts,
    boolean deadline,
    boolean connectTimeouts,
    boolean answersLateTimeouts,
    boolean mirrors,
    boolean keepsPlaintextApart,
    boolean refusesInRedirects,
    boolean refusesHttps,
    boolean refusesForeignRedirects,
    boolean removesOwnFields,
    boolean errorsForStatus) {
  /** The head of the table. */
  public static String header() {
    StringBuilder header = new StringBuilder("| Client |");
    for (RecordComponent option : ClientOptions.class.getRecordComponents()) {
      header.append(' ').append(option.getName()).append(" |");
    }
    return header.toString();
  }

  /** One row of the table. */
  public String row(String client) throws ReflectiveOperationException {
    StringBuilder row = new StringBuilder("| `").append(client).append("` |");
    for (RecordComponent option : ClientOptions.class.getRecordComponents()) {
      row.append((boolean) option.getAccessor().invoke(this) ? " yes |" : " no |");
    }
    return row.toString();
  }
}
