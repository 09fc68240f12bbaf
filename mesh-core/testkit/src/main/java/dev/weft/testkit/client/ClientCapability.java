package dev.weft.testkit.client;

import dev.weft.testkit.KitOptions;

/** What not every client or adapter can do. A row each of {@code docs/clients.md}. */
public enum ClientCapability implements KitOptions.Row {
  /** HTTP/2, by ALPN in mesh TLS. */
  HTTP_2("HTTP/2 to endpoints"),
  /** A call under way can be cancelled from outside. */
  CANCEL("Calls can be given up while an attempt is under way"),
  /** The same while a call waits for its next attempt. */
  CANCEL_BETWEEN_ATTEMPTS("And while the mesh waits before the next one"),
  /** A call that has to wait for the mesh to learn a name holds no thread meanwhile. */
  HOLD_NO_THREAD("A name that is not known yet holds no thread"),
  /** Has a timeout of its own for the whole call. */
  DEADLINE("A timeout of its own for a call, which spans all attempts"),
  /** A limit on making a connection, TLS included, can be set for an attempt. */
  CONNECT_TIMEOUT("Timeouts for making a connection"),
  /** An attempt whose time is over can become an answer of the mesh. */
  ANSWER_LATE("A timeout of the policy becomes 504"),
  /** Sends copies of requests besides. */
  MIRROR("Mirrors"),
  /** Connections in plaintext to one address are not shared by services. */
  KEEP_PLAINTEXT_APART("Plaintext connections to one address are not shared by two services"),
  /** A refusal in the middle of a chain of redirects is a response. */
  REFUSE_IN_REDIRECTS("Refusals in a chain of redirects are responses"),
  /** A refusal of an https call is a response. */
  REFUSE_HTTPS("Refusals of `https` calls are responses"),
  /** The same in a chain of redirects that began outside of the mesh. */
  REFUSE_FOREIGN_REDIRECTS("And in a chain of redirects that began outside of the mesh");

  private final String row;

  ClientCapability(String row) {
    this.row = row;
  }

  @Override
  public String row() {
    return row;
  }
}
